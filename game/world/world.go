package world

// A World is one match as one home sees it. One goroutine may use it.
type World struct {
	state State
}

// New is a world in the lobby, at tick 0.
func New(o Options) *World {
	return &World{state: State{Self: o.Self}}
}

// Step advances the world by one tick of 1/TicksPerSecond.
func (w *World) Step(in Input) { w.state.Tick++ }

// State is the world as it is now, valid until the next Step.
func (w *World) State() *State { return &w.state }
