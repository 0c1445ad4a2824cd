package door

import (
	"net/http"

	"cutout/netvideo"
)

// A Code tells a program why the door said no.
type Code string

// The codes there are.
const (
	CodeBadRequest    Code = "badRequest"
	CodeForbidden     Code = "forbidden"     // this pass, or no pass, does not allow that
	CodeExpired       Code = "expired"       // the token's time is over
	CodeInvalid       Code = "invalid"       // not a token that was signed here
	CodeWrongSession  Code = "wrongSession"  // no such session here
	CodeRevoked       Code = "revoked"       // the pass was revoked
	CodeUnknownInvite Code = "unknownInvite" // no such code
	CodeInviteExpired Code = "inviteExpired"
	CodeInviteUsedUp  Code = "inviteUsedUp"
	CodeInviteRevoked Code = "inviteRevoked"
	CodeFull          Code = "full"         // the interaction has no place left
	CodeTooManyTries  Code = "tooMany"      // from this address, for now
	CodeNotFromHere   Code = "notFromHere"  // a sample server answers its own network only
	CodeNotFound      Code = "notFound"     // no such page or ban
	CodeNoConnection  Code = "noConnection" // no such connection in the session
	CodeNoStream      Code = "noStream"     // no such stream in the session
	CodeUsedUp        Code = "usedUp"       // a single-use pass whose holder is inside, or has left
	CodeWrongMethod   Code = "wrongMethod"  // this page by another method
	CodeTooLong       Code = "tooLong"      // the body
	CodeWrongType     Code = "wrongType"    // the body is not JSON
	CodeUnavailable   Code = "unavailable"  // the server behind the door does not answer
	CodeDiskFull      Code = "diskFull"     // the state could not be written; nothing was changed
	CodeInternal      Code = "internal"     // a fault of ours
)

// An Error is the door's no, as it crosses the network in JSON. It unwraps to the
// netvideo error it stands for, where there is one.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"error"`
	// Hint is what to do about it, where there is something to do.
	Hint string `json:"hint,omitempty"`

	cause error
}

func (e *Error) Error() string { return e.Message }

// A kind is what a code means elsewhere.
type kind struct {
	status int
	is     error // that callers branch on
	hint   string
}

// kind is the code's.
func (c Code) kind() kind {
	switch c {
	case CodeBadRequest:
		return kind{http.StatusBadRequest, nil, "see docs/protocol.md for what a request is to be"}
	case CodeInvalid:
		return kind{http.StatusUnauthorized, netvideo.ErrTokenInvalid, "show a pass of this server in the Authorization header"}
	case CodeExpired:
		return kind{http.StatusUnauthorized, netvideo.ErrTokenExpired, "ask for a new one"}
	case CodeForbidden:
		return kind{http.StatusForbidden, netvideo.ErrRole, "a moderator, or who has the server's key, may"}
	case CodeWrongSession:
		return kind{http.StatusForbidden, netvideo.ErrWrongSession, "is the session's id right, and has it not been ended?"}
	case CodeRevoked:
		return kind{http.StatusForbidden, netvideo.ErrRevoked, "a moderator has thrown this connection out"}
	case CodeUsedUp:
		return kind{http.StatusForbidden, netvideo.ErrRevoked, "ask for a pass of your own"}
	case CodeNotFromHere:
		return kind{http.StatusForbidden, nil, "a server without --sample answers everybody"}
	case CodeUnknownInvite:
		return kind{http.StatusNotFound, netvideo.ErrNoSuchInvite, "copy the whole link"}
	case CodeNotFound:
		return kind{http.StatusNotFound, nil, "see docs/protocol.md for what there is"}
	case CodeNoConnection:
		return kind{http.StatusNotFound, netvideo.ErrNoSuchConnection, "the session's list of connections shows who is there"}
	case CodeNoStream:
		return kind{http.StatusNotFound, netvideo.ErrNoSuchStream, "the session's list of streams shows what there is"}
	case CodeWrongMethod:
		return kind{http.StatusMethodNotAllowed, nil, "the Allow header says which"}
	case CodeFull:
		return kind{http.StatusConflict, nil, "somebody has to leave first"}
	case CodeInviteExpired, CodeInviteUsedUp:
		return kind{http.StatusGone, netvideo.ErrNoSuchInvite, "ask for a new link"}
	case CodeInviteRevoked:
		return kind{http.StatusGone, netvideo.ErrRevoked, "ask for a new link"}
	case CodeTooLong:
		return kind{http.StatusRequestEntityTooLarge, nil, "see docs/protocol.md for the limits"}
	case CodeWrongType:
		return kind{http.StatusUnsupportedMediaType, nil, "say Content-Type: application/json"}
	case CodeTooManyTries:
		return kind{http.StatusTooManyRequests, nil, "the Retry-After header says when to try again"}
	case CodeUnavailable:
		return kind{http.StatusBadGateway, netvideo.ErrUnreachable, "it may be starting: try again in a few seconds"}
	case CodeDiskFull:
		return kind{http.StatusInsufficientStorage, nil, "make room on the server's disk"}
	default:
		return kind{http.StatusInternalServerError, nil, "the server's log may say more"}
	}
}

// Unwrap is the netvideo error that callers branch on, and what lies behind it here.
func (e *Error) Unwrap() []error {
	var all []error
	if is := e.Code.kind().is; is != nil {
		all = append(all, is)
	}
	if e.cause != nil {
		all = append(all, e.cause)
	}
	return all
}

func refuse(code Code, message string) *Error {
	return &Error{Code: code, Message: message, Hint: code.kind().hint}
}
