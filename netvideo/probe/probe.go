// Package probe joins a room as a participant that neither encodes nor decodes: to find
// out which ways lead to its media and how much they carry, and to load a server with
// many. It speaks LiveKit's signalling (protocol 15, two peer connections) by itself,
// because there the ways can be chosen one by one.
package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/livekit/protocol/livekit"
	"github.com/pion/webrtc/v4"
	"google.golang.org/protobuf/proto"
)

// A Way is how media may travel.
type Way string

// The ways there are.
const (
	AnyWay  Way = ""         // as every client does: the best that works
	UDP     Way = "udp"      // directly
	TCP     Way = "tcp"      // directly, where UDP is blocked
	TURNUDP Way = "turn/udp" // relayed
	TURNTLS Way = "turn/tls" // relayed on the door's own port
)

// Errors of Join. What the door said unwraps from ErrTurnedAway.
var (
	// ErrNoSignal: the door did not let us in, or is none.
	ErrNoSignal = errors.New("the room's server does not answer")
	// ErrTurnedAway: the door answered, with a no.
	ErrTurnedAway = errors.New("the room's server turned us away")
	// ErrNoMedia: nothing gets through by this way.
	ErrNoMedia = errors.New("no media gets through")
	// ErrNoTURN: the server has no relay of the kind.
	ErrNoTURN = errors.New("the server has no relay")
)

// Options say where to join and how.
type Options struct {
	URL, Token string // of the room's door, or any LiveKit server
	Way        Way
	// Listen has the streams of others sent to us.
	Listen bool
}

// A Client is in a room from Join to Close. Its methods may be called from any
// goroutine.
type Client struct {
	o      Options
	ws     *websocket.Conn
	joined *livekit.JoinResponse
	sub    *peer
	pub    *peer // nil until something is published

	cancel context.CancelFunc
	wg     sync.WaitGroup
	meter  meter

	mu        sync.Mutex
	published map[string]chan string // track's cid -> its sid
	ended     error
}

const maxSignal = 2 << 20 // LiveKit's own limit for a message

// Join enters a room and returns when media can flow. ctx bounds joining alone. Errors
// unwrap to those above.
func Join(ctx context.Context, o Options) (*Client, error) {
	ws, err := dial(ctx, o)
	if err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &Client{o: o, ws: ws, cancel: cancel, published: map[string]chan string{}}
	first, err := c.receive(ctx)
	if err == nil && first.GetJoin() == nil {
		err = fmt.Errorf("%w: its first message is not LiveKit's", ErrNoSignal)
	}
	if err == nil {
		c.joined = first.GetJoin()
		c.sub, err = c.newPeer(livekit.SignalTarget_SUBSCRIBER)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	c.sub.pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		c.wg.Go(func() { c.meter.read(t) })
	})
	c.wg.Go(func() { c.listen(running) })
	if err := c.sub.await(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func dial(ctx context.Context, o Options) (*websocket.Conn, error) {
	u, err := url.Parse(strings.TrimSuffix(o.URL, "/"))
	if err != nil {
		return nil, fmt.Errorf("%w: %q is no address", ErrNoSignal, o.URL)
	}
	u.Scheme = strings.Replace(strings.Replace(u.Scheme, "https", "wss", 1), "http", "ws", 1)
	u.Path += "/rtc"
	q := url.Values{"protocol": {"15"}, "sdk": {"go"}, "auto_subscribe": {"0"}}
	if o.Listen {
		q.Set("auto_subscribe", "1")
	}
	u.RawQuery = q.Encode()
	ws, res, err := websocket.Dial(ctx, u.String(), &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + o.Token}},
		HTTPClient: &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}},
	})
	switch {
	case err == nil:
		ws.SetReadLimit(maxSignal)
		return ws, nil
	case res != nil && res.StatusCode >= 400 && res.StatusCode < 500:
		return nil, fmt.Errorf("%w (HTTP status %d)", ErrTurnedAway, res.StatusCode)
	default:
		return nil, fmt.Errorf("%w: %w", ErrNoSignal, err)
	}
}

// Close leaves the room and returns when everything has ended.
func (c *Client) Close() {
	if c.joined != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_ = c.send(ctx, &livekit.SignalRequest{Message: &livekit.SignalRequest_Leave{Leave: &livekit.LeaveRequest{}}})
		cancel()
	}
	c.cancel()
	_ = c.ws.CloseNow()
	c.mu.Lock()
	pub := c.pub
	c.mu.Unlock()
	for _, p := range []*peer{c.sub, pub} {
		if p != nil {
			_ = p.pc.GracefulClose()
		}
	}
	c.wg.Wait()
}

// Err is why the room ended by itself; nil while it is there.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

func (c *Client) receive(ctx context.Context) (*livekit.SignalResponse, error) {
	_, data, err := c.ws.Read(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoSignal, err)
	}
	res := &livekit.SignalResponse{}
	if err := proto.Unmarshal(data, res); err != nil {
		return nil, fmt.Errorf("%w: its messages are not LiveKit's", ErrNoSignal)
	}
	return res, nil
}

func (c *Client) send(ctx context.Context, q *livekit.SignalRequest) error {
	data, err := proto.Marshal(q)
	if err != nil {
		return fmt.Errorf("encode a signal: %w", err)
	}
	return c.ws.Write(ctx, websocket.MessageBinary, data)
}

// listen answers the server until it or ctx ends.
func (c *Client) listen(ctx context.Context) {
	ping := time.NewTicker(5 * time.Second)
	defer ping.Stop()
	c.wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-ping.C:
				_ = c.send(ctx, &livekit.SignalRequest{Message: &livekit.SignalRequest_PingReq{PingReq: &livekit.Ping{Timestamp: now.UnixMilli()}}})
			}
		}
	})
	for {
		res, err := c.receive(ctx)
		if err == nil {
			err = c.answer(ctx, res)
		}
		if err != nil {
			c.mu.Lock()
			c.ended = err
			c.mu.Unlock()
			c.cancel()
			return
		}
	}
}

func (c *Client) answer(ctx context.Context, res *livekit.SignalResponse) error {
	switch m := res.Message.(type) {
	case *livekit.SignalResponse_Offer:
		answer, err := c.sub.answer(m.Offer)
		if err != nil {
			return err
		}
		return c.send(ctx, &livekit.SignalRequest{Message: &livekit.SignalRequest_Answer{Answer: answer}})
	case *livekit.SignalResponse_Answer:
		if p := c.publishing(); p != nil {
			return p.accept(m.Answer)
		}
	case *livekit.SignalResponse_Trickle:
		p := c.sub
		if m.Trickle.GetTarget() == livekit.SignalTarget_PUBLISHER {
			p = c.publishing()
		}
		var candidate webrtc.ICECandidateInit
		if p != nil && json.Unmarshal([]byte(m.Trickle.GetCandidateInit()), &candidate) == nil {
			return p.add(candidate)
		}
	case *livekit.SignalResponse_TrackPublished:
		c.mu.Lock()
		if sid, ok := c.published[m.TrackPublished.GetCid()]; ok {
			delete(c.published, m.TrackPublished.GetCid())
			sid <- m.TrackPublished.GetTrack().GetSid()
		}
		c.mu.Unlock()
	case *livekit.SignalResponse_Leave:
		return fmt.Errorf("%w: %s", ErrTurnedAway, m.Leave.GetReason())
	}
	return nil
}

func (c *Client) publishing() *peer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pub
}

// servers are the relays that the way may use.
func (c *Client) servers() ([]webrtc.ICEServer, error) {
	var list []webrtc.ICEServer
	for _, s := range c.joined.GetIceServers() {
		urls := slices.DeleteFunc(slices.Clone(s.GetUrls()), func(u string) bool {
			switch c.o.Way {
			case UDP, TCP:
				return true
			case TURNUDP:
				return !strings.HasPrefix(u, "turn:")
			case TURNTLS:
				return !strings.HasPrefix(u, "turns:")
			}
			return false
		})
		if len(urls) > 0 {
			list = append(list, webrtc.ICEServer{URLs: urls, Username: s.GetUsername(), Credential: s.GetCredential()})
		}
	}
	if len(list) == 0 && (c.o.Way == TURNUDP || c.o.Way == TURNTLS) {
		return nil, fmt.Errorf("%w by %s", ErrNoTURN, c.o.Way)
	}
	return list, nil
}
