package game

import (
	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"
)

// commands are the keys that mean the same in every scene, at one tick.
type commands struct {
	quit, fullscreen, mute, talk, picture, help bool // pressed now
	ready, start                                bool // held
}

func readCommands(pads []ebiten.GamepadID) commands {
	pressed, held := inpututil.IsKeyJustPressed, ebiten.IsKeyPressed
	c := commands{
		quit:       pressed(ebiten.KeyEscape),
		fullscreen: pressed(ebiten.KeyF) || pressed(ebiten.KeyF11),
		mute:       pressed(ebiten.KeyM),
		talk:       pressed(ebiten.KeyV),
		picture:    pressed(ebiten.KeyP),
		help:       pressed(ebiten.KeyH) || pressed(ebiten.KeyF1),
		ready:      held(ebiten.KeyEnter) || held(ebiten.KeyNumpadEnter) || held(ebiten.KeySpace),
		start:      held(ebiten.KeyS),
	}
	for _, id := range pads {
		c.ready = c.ready || ebiten.IsStandardGamepadButtonPressed(id, ebiten.StandardGamepadButtonRightBottom)
		c.start = c.start || ebiten.IsStandardGamepadButtonPressed(id, ebiten.StandardGamepadButtonCenterRight)
		c.help = c.help || inpututil.IsStandardGamepadButtonJustPressed(id, ebiten.StandardGamepadButtonCenterLeft)
	}
	return c
}

// readKeys reads what a puppet player holds. aim tells where the point (x, y) of
// the window lies, as seen by the puppet.
func readKeys(pads []ebiten.GamepadID, aim func(x, y float64) (float64, float64)) keysHeld {
	held := ebiten.IsKeyPressed
	k := keysHeld{
		leftUp: held(ebiten.KeyQ), leftDown: held(ebiten.KeyA),
		rightUp: held(ebiten.KeyE), rightDown: held(ebiten.KeyD),
		stepLeft: held(ebiten.KeyArrowLeft), stepRight: held(ebiten.KeyArrowRight),
		leanLeft: held(ebiten.KeyZ), leanRight: held(ebiten.KeyC),
		crouch: one(held(ebiten.KeyArrowDown)), up: one(held(ebiten.KeyArrowUp)),
		legLeft: held(ebiten.Key1), legRight: held(ebiten.Key2),
	}
	cx, cy := ebiten.CursorPosition()
	x, y := aim(float64(cx), float64(cy))
	if ebiten.IsMouseButtonPressed(ebiten.MouseButtonLeft) {
		k.aimLeft = &Aim{X: bound(x, -1, 1), Y: bound(y, -1, 1)}
	}
	if ebiten.IsMouseButtonPressed(ebiten.MouseButtonRight) {
		k.aimRight = &Aim{X: bound(x, -1, 1), Y: bound(y, -1, 1)}
	}
	for _, id := range pads {
		readPad(&k, id)
	}
	return k
}

// readPad adds what is held on a gamepad.
func readPad(k *keysHeld, id ebiten.GamepadID) {
	if !ebiten.IsStandardGamepadLayoutAvailable(id) {
		return
	}
	stick := func(h, v ebiten.StandardGamepadAxis) *Aim {
		x, y := ebiten.StandardGamepadAxisValue(id, h), ebiten.StandardGamepadAxisValue(id, v)
		if x*x+y*y < 0.3*0.3 { // at rest, with what worn sticks drift
			return nil
		}
		return &Aim{X: -x, Y: -y} // the screen is a mirror, and sticks count downwards
	}
	if a := stick(ebiten.StandardGamepadAxisLeftStickHorizontal, ebiten.StandardGamepadAxisLeftStickVertical); a != nil {
		k.aimLeft = a
	}
	if a := stick(ebiten.StandardGamepadAxisRightStickHorizontal, ebiten.StandardGamepadAxisRightStickVertical); a != nil {
		k.aimRight = a
	}
	held := func(b ebiten.StandardGamepadButton) bool { return ebiten.IsStandardGamepadButtonPressed(id, b) }
	k.stepLeft = k.stepLeft || held(ebiten.StandardGamepadButtonLeftLeft)
	k.stepRight = k.stepRight || held(ebiten.StandardGamepadButtonLeftRight)
	k.leanLeft = k.leanLeft || held(ebiten.StandardGamepadButtonFrontTopLeft)
	k.leanRight = k.leanRight || held(ebiten.StandardGamepadButtonFrontTopRight)
	k.legLeft = k.legLeft || held(ebiten.StandardGamepadButtonRightLeft)
	k.legRight = k.legRight || held(ebiten.StandardGamepadButtonRightRight)
	k.up = max(k.up, one(held(ebiten.StandardGamepadButtonRightTop)))
	k.crouch = max(k.crouch, ebiten.StandardGamepadButtonValue(id, ebiten.StandardGamepadButtonFrontBottomLeft),
		ebiten.StandardGamepadButtonValue(id, ebiten.StandardGamepadButtonFrontBottomRight))
}
