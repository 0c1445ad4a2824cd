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
	CodeFull          Code = "full"        // the interaction has no place left
	CodeTooManyTries  Code = "tooMany"     // from this address, for now
	CodeNotFromHere   Code = "notFromHere" // a sample server answers its own network only
	CodeNotFound      Code = "notFound"    // no such page
	CodeUnavailable   Code = "unavailable" // the server behind the door does not answer
	CodeInternal      Code = "internal"    // the state could not be written
)

// An Error is the door's no, as it crosses the network in JSON. It unwraps to the
// netvideo error it stands for, where there is one.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"error"`
}

func (e *Error) Error() string { return e.Message }

// Unwrap is the netvideo error that callers branch on.
func (e *Error) Unwrap() error {
	switch e.Code {
	case CodeExpired:
		return netvideo.ErrTokenExpired
	case CodeInvalid:
		return netvideo.ErrTokenInvalid
	case CodeWrongSession:
		return netvideo.ErrWrongSession
	case CodeRevoked, CodeInviteRevoked:
		return netvideo.ErrRevoked
	case CodeUnknownInvite, CodeInviteExpired, CodeInviteUsedUp:
		return netvideo.ErrNoSuchInvite
	case CodeForbidden:
		return netvideo.ErrRole
	case CodeUnavailable:
		return netvideo.ErrUnreachable
	default:
		return nil
	}
}

// status is the HTTP status the error travels under.
func (e *Error) status() int {
	switch e.Code {
	case CodeBadRequest:
		return http.StatusBadRequest
	case CodeExpired, CodeInvalid:
		return http.StatusUnauthorized
	case CodeForbidden, CodeWrongSession, CodeRevoked, CodeNotFromHere:
		return http.StatusForbidden
	case CodeUnknownInvite, CodeNotFound:
		return http.StatusNotFound
	case CodeInviteExpired, CodeInviteUsedUp, CodeInviteRevoked:
		return http.StatusGone
	case CodeFull:
		return http.StatusConflict
	case CodeTooManyTries:
		return http.StatusTooManyRequests
	case CodeUnavailable:
		return http.StatusBadGateway
	default:
		return http.StatusInternalServerError
	}
}

func refuse(code Code, message string) *Error { return &Error{Code: code, Message: message} }
