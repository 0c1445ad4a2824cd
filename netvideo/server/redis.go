package server

// A RedisAddress is HOST:PORT of the Redis that a cluster shares; empty for one server
// alone.
type RedisAddress string
