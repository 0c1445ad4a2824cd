package server

import "errors"

// Redis is what a cluster of servers shares. The zero value is none.
type Redis struct {
	Address  string // HOST:PORT
	Password string
}

// Some reports whether there is any.
func (r Redis) Some() bool { return r.Address != "" }

// ErrRedis means that the Redis does not answer, or not as it should.
var ErrRedis = errors.New("the cluster's Redis does not answer")
