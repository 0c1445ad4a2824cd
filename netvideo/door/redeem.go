package door

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// passLife is how long a redeemed pass is good for: an evening, and the night after it.
// It has to outlast every reconnect; kicking works by identity, not by expiry.
const passLife = DefaultLife

const maxRedeemBody = 4 << 10

// Redeem exchanges an invite for a pass. A use is on disk before the pass exists. The
// error's code is UnknownInvite, InviteExpired, InviteUsedUp or InviteRevoked.
func (s *Store) Redeem(code string, who Who) (Pass, error) {
	now := s.now()
	invite, ok := s.book.read().Invites[code]
	if err := invite.check(ok, now); err != nil {
		return Pass{}, err
	}
	if invite.Limited {
		err := s.book.change(func(st *state) error {
			invite, ok = st.Invites[code] // again, now that nobody else can take the last use
			if err := invite.check(ok, now); err != nil {
				return err
			}
			invite.UsesLeft--
			st.Invites[code] = invite
			return nil
		})
		if err != nil {
			return Pass{}, err
		}
	}
	return s.Mint(PassRequest{
		Session: invite.Session, Role: invite.Role, Who: who, Data: invite.Data,
		Expires: int64(passLife / time.Second),
	})
}

// check says why an invite gives no pass now.
func (i Invite) check(known bool, now time.Time) error {
	switch {
	case !known:
		return refuse(CodeUnknownInvite, "there is no invite with this code")
	case i.Revoked:
		return refuse(CodeInviteRevoked, "the invite was revoked")
	case !now.Before(i.Expires):
		return refuse(CodeInviteExpired, "the invite has expired")
	case i.Limited && i.UsesLeft <= 0:
		return refuse(CodeInviteUsedUp, "the invite is used up")
	}
	return nil
}

// parseWho reads the body of a redemption: one JSON object, or nothing at all. Fields
// it does not know are a newer client's and are let be.
func parseWho(body []byte) (Who, error) {
	var who Who
	if len(bytes.TrimSpace(body)) == 0 {
		return who, nil
	}
	return who, parseObject(body, &who)
}

// parseObject reads exactly one JSON object into v.
func parseObject(body []byte, v any) error {
	if b := bytes.TrimSpace(body); len(b) == 0 || b[0] != '{' {
		return refuse(CodeBadRequest, "the request must be one JSON object")
	}
	if err := json.Unmarshal(body, v); err != nil {
		return refuse(CodeBadRequest, fmt.Sprintf("the request is not the JSON it should be: %v", err))
	}
	return nil
}
