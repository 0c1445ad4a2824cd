// Package cluster keeps what the doors of several servers have in common in one Redis:
// their state, their audit, and who of them is there. It is a door.Shared.
//
// Whoever can talk to the Redis can change everything, and read the key that signs the
// passes: it belongs on a network of its own, with a password.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Keys in the Redis. LiveKit's own begin otherwise.
const (
	keyState   = "cutout:state"
	keyVersion = "cutout:version"
	keyAudit   = "cutout:audit"
	keyDoor    = "cutout:door:" // and its id
	maxAudit   = 20_000         // lines
)

// A Redis implements door.Shared.
type Redis struct{ client *redis.Client }

var quiet = sync.OnceFunc(func() { redis.SetLogger(silent{}) })

// Open connects to the Redis at address, HOST:PORT. It does not wait for it: that is
// the first question's to do. Close it after the store.
//
// The Redis client keeps its logger in a global, which is set to a silent one here: what
// goes wrong comes back as errors.
func Open(address, password string) *Redis {
	quiet()
	return &Redis{redis.NewClient(&redis.Options{
		Addr: address, Password: password,
		DialTimeout: time.Second, ReadTimeout: time.Second, WriteTimeout: time.Second, PoolTimeout: time.Second,
		MaxRetries: 1, ContextTimeoutEnabled: true,
	})}
}

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// Close lets the connections go.
func (r *Redis) Close() error { return r.client.Close() }

// number is what a key that may not be there counts.
func number(c *redis.StringCmd) (int64, error) {
	n, err := c.Int64()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	return n, err
}

// Version implements door.Shared.
func (r *Redis) Version(ctx context.Context) (int64, error) {
	v, err := number(r.client.Get(ctx, keyVersion))
	if err != nil {
		return 0, fmt.Errorf("ask Redis: %w", err)
	}
	return v, nil
}

// Load implements door.Shared.
func (r *Redis) Load(ctx context.Context) (data []byte, version int64, err error) {
	var state, at *redis.StringCmd
	_, err = r.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		state, at = p.Get(ctx, keyState), p.Get(ctx, keyVersion)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, 0, fmt.Errorf("ask Redis: %w", err)
	}
	if version, err = number(at); err != nil {
		return nil, 0, fmt.Errorf("ask Redis: %w", err)
	}
	data, err = state.Bytes()
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, 0, fmt.Errorf("ask Redis: %w", err)
	}
	return data, version, nil
}

// swapScript replaces the state if nobody else did since.
const swapScript = `
if tonumber(redis.call('GET', KEYS[1]) or '0') ~= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('INCR', KEYS[1])
return 1`

// Swap implements door.Shared.
func (r *Redis) Swap(ctx context.Context, version int64, data []byte) (bool, error) {
	n, err := r.client.Eval(ctx, swapScript, []string{keyVersion, keyState}, version, data).Int()
	if err != nil {
		return false, fmt.Errorf("ask Redis: %w", err)
	}
	return n == 1, nil
}

// Append implements door.Shared.
func (r *Redis) Append(ctx context.Context, line []byte) error {
	_, err := r.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.RPush(ctx, keyAudit, line)
		p.LTrim(ctx, keyAudit, -maxAudit, -1)
		return nil
	})
	if err != nil {
		return fmt.Errorf("ask Redis: %w", err)
	}
	return nil
}

// Tail implements door.Shared.
func (r *Redis) Tail(ctx context.Context, n int) ([][]byte, error) {
	lines, err := r.client.LRange(ctx, keyAudit, int64(-n), -1).Result()
	if err != nil {
		return nil, fmt.Errorf("ask Redis: %w", err)
	}
	list := make([][]byte, len(lines))
	for i, line := range lines {
		list[i] = []byte(line)
	}
	return list, nil
}

// Announce implements door.Shared.
func (r *Redis) Announce(ctx context.Context, id string, value []byte, life time.Duration) error {
	var err error
	if len(value) == 0 {
		err = r.client.Del(ctx, keyDoor+id).Err()
	} else {
		err = r.client.Set(ctx, keyDoor+id, value, life).Err()
	}
	if err != nil {
		return fmt.Errorf("ask Redis: %w", err)
	}
	return nil
}

// Announced implements door.Shared.
func (r *Redis) Announced(ctx context.Context) (map[string][]byte, error) {
	all := map[string][]byte{}
	for keys := r.client.Scan(ctx, 0, keyDoor+"*", 100).Iterator(); ; {
		if !keys.Next(ctx) {
			if err := keys.Err(); err != nil {
				return nil, fmt.Errorf("ask Redis: %w", err)
			}
			return all, nil
		}
		value, err := r.client.Get(ctx, keys.Val()).Bytes()
		if errors.Is(err, redis.Nil) {
			continue // it has just ended
		}
		if err != nil {
			return nil, fmt.Errorf("ask Redis: %w", err)
		}
		all[strings.TrimPrefix(keys.Val(), keyDoor)] = value
	}
}
