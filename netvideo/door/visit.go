package door

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	maxMessage = 512 << 10
	pingEvery  = 10 * time.Second
	// silence is how long a client may answer no ping. LiveKit's own clients ask every
	// few seconds.
	silence   = 30 * time.Second
	writeTime = 10 * time.Second
	// farewell is how long one side of a connection is listened to after the other has
	// hung up: LiveKit must hear that somebody leaves, and a client that it was kicked.
	farewell = time.Second
)

// A visit is one client's signalling connection, and the door's own to LiveKit for it.
// Two goroutines pass messages on and one pings; run returns when all have ended.
type visit struct {
	door   *Door
	claims Claims
	from   *websocket.Conn // the client
	to     *websocket.Conn // LiveKit

	ended chan struct{} // closed by cut
	end   sync.Once

	mu     sync.Mutex
	pongs  chan struct{}   // closed by the next sign of life
	began  map[string]bool // cids of tracks that were made to start muted
	forced map[string]bool // sids of these, until LiveKit has told the client
	again  bool            // somebody is seeing to it that what is held is muted
}

func newVisit(d *Door, c Claims) *visit {
	return &visit{door: d, claims: c, ended: make(chan struct{}), pongs: make(chan struct{}), began: map[string]bool{}, forced: map[string]bool{}}
}

// cut ends the visit soon. It may be called at any time and from anywhere.
func (v *visit) cut() { v.end.Do(func() { close(v.ended) }) }

// answers reports whether the client shows within d that it is there.
func (v *visit) answers(d time.Duration) bool {
	v.mu.Lock()
	sign, from := v.pongs, v.from
	v.mu.Unlock()
	if from == nil {
		return true // it is just coming in
	}
	if from.WriteControl(websocket.PingMessage, nil, time.Now().Add(d)) != nil {
		return false
	}
	limit := time.NewTimer(d)
	defer limit.Stop()
	select {
	case <-sign:
		return true
	case <-v.ended:
	case <-limit.C:
	}
	return false
}

// alive is called at every sign of life.
func (v *visit) alive() {
	_ = v.from.SetReadDeadline(time.Now().Add(silence)) // an error shows at the next read
	v.mu.Lock()
	defer v.mu.Unlock()
	close(v.pongs)
	v.pongs = make(chan struct{})
}

// run passes messages on until either side hangs up or the visit is cut.
func (v *visit) run(ctx context.Context) {
	v.from.SetReadLimit(maxMessage)
	v.from.SetPongHandler(func(string) error { v.alive(); return nil })
	v.alive()
	v.to.SetReadLimit(maxRoomReply)
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	up, down := make(chan struct{}), make(chan struct{})
	wg.Go(func() { defer close(up); v.listen(ctx, &wg) })
	wg.Go(func() { defer close(down); v.tell(ctx, &wg) })
	wg.Go(func() { v.ping(ctx) })
	select {
	case <-up: // the client has gone: LiveKit reads what it said last, and hangs up
		_ = v.to.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(farewell))
		waitOr(down, farewell)
	case <-down:
	case <-v.ended:
	case <-ctx.Done():
	}
	cancel()
	_ = v.to.Close()
	<-down
	v.hangUp(up)
	<-up
}

// hangUp lets the client read what was said last: closing at once would throw that away
// when something of the client's is unread.
func (v *visit) hangUp(up <-chan struct{}) {
	defer func() { _ = v.from.Close() }()
	_ = v.from.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(farewell))
	if half, ok := v.from.NetConn().(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = v.from.SetReadDeadline(time.Now().Add(farewell))
	waitOr(up, farewell)
}

func waitOr(done <-chan struct{}, d time.Duration) {
	limit := time.NewTimer(d)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
	}
}

// listen passes on what the client says, no faster than it may.
func (v *visit) listen(ctx context.Context, wg *sync.WaitGroup) {
	budget := newLimiter[struct{}](time.Now, messageBurst, messageRate)
	for {
		kind, message, err := v.from.ReadMessage()
		if err != nil || kind != websocket.BinaryMessage || ctx.Err() != nil {
			return
		}
		v.alive()
		if wait := budget.wait(struct{}{}); wait > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
		}
		budget.charge(struct{}{}, 1+float64(len(message)/messageUnit))
		verdict, err := v.rule().judge(message)
		if err != nil {
			return
		}
		if v.note(ctx, wg, verdict) && verdict.message != nil {
			_ = v.to.SetWriteDeadline(time.Now().Add(writeTime))
			if v.to.WriteMessage(websocket.BinaryMessage, verdict.message) != nil {
				return
			}
		}
	}
}

// rule is what holds for the client at this moment.
func (v *visit) rule() rule {
	m := v.door.store.muting(v.claims.Session)
	role := v.door.store.roleNow(v.claims)
	f := family(v.claims.Identity)
	onJoin := m.onJoin(f, role, time.UnixMilli(v.claims.vouched.Joined))
	return rule{held: m.held(f, role), onJoin: v.door.visits.greet(v.claims, onJoin)}
}

// note remembers what a verdict is about, and reports whether its message may pass. Who
// unmutes while something is held is muted again, which tells the client; should it have
// found a way to name one medium's track as the other's, it is noticed here.
func (v *visit) note(ctx context.Context, wg *sync.WaitGroup, verdict verdict) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if verdict.left && v.claims.Once {
		v.door.store.leftOnce(v.claims) // before anybody can know
	}
	if verdict.began != "" && len(v.began) < 1000 {
		v.began[verdict.began] = true
	}
	if verdict.unmute == "" {
		return true
	}
	if v.rule().held != noMedia && !v.again {
		v.again = true
		wg.Go(func() {
			_, _ = v.door.hold(ctx, v.claims.Session, v.claims.Identity) // the client will try again, and so shall we
			v.mu.Lock()
			defer v.mu.Unlock()
			v.again = false
		})
	}
	return !v.forced[verdict.unmute]
}

// tell passes on what LiveKit says. A track that was made to start muted is muted by
// LiveKit too once it is there, which tells the client.
func (v *visit) tell(ctx context.Context, wg *sync.WaitGroup) {
	for {
		kind, message, err := v.to.ReadMessage()
		if err != nil {
			return
		}
		cid, sid, ok := published(message)
		mine := ok && v.forces(cid, sid)
		if ctx.Err() == nil {
			_ = v.from.SetWriteDeadline(time.Now().Add(writeTime))
			if more := v.door.outside().outward(message); more != nil {
				_ = v.from.WriteMessage(kind, more) // if it fails, so does the next
			}
			if v.from.WriteMessage(kind, message) != nil {
				v.cut()
			}
		}
		if mine {
			wg.Go(func() { v.muteBegun(ctx, sid) })
		}
	}
}

// forces reports whether the track was made to start muted.
func (v *visit) forces(cid, sid string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.began[cid] {
		return false
	}
	delete(v.began, cid)
	v.forced[sid] = true
	return true
}

func (v *visit) muteBegun(ctx context.Context, sid string) {
	// When LiveKit does not answer, the client still believes it is heard; nobody hears it.
	_ = v.door.liveKit.muteTrack(ctx, v.claims.Session, v.claims.Identity, sid)
	v.door.visits.met(v.claims, mediumOf(sid))
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.forced, sid)
}

func (v *visit) ping(ctx context.Context) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = v.from.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTime)) // silence tells
		}
	}
}

// upgrade makes a WebSocket of the client's request.
func upgrade(w http.ResponseWriter, r *http.Request) (*websocket.Conn, error) {
	u := websocket.Upgrader{
		HandshakeTimeout: writeTime,
		// As LiveKit's own: pages from elsewhere may ask, the token decides.
		CheckOrigin: func(*http.Request) bool { return true },
		Error: func(w http.ResponseWriter, _ *http.Request, _ int, err error) {
			writeError(w, refuse(CodeBadRequest, err.Error()))
		},
	}
	return u.Upgrade(w, r, nil)
}
