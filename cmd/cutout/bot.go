package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"cutout/game/match"
	"cutout/kinect/framing"
	"cutout/kinect/puppet"
	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/room"
)

// Bots send a quarter of a Kinect's picture, at a film's pace: enough for a tile, at
// a fifth of the cost.
const (
	botWidth, botHeight = 320, 240
	botFPS, botKbps     = 24, 250
	maxBots             = 16
)

// botNames are what bots are called, in the order of their coming.
var botNames = []string{"Ada", "Linus", "Grace", "Edsger", "Radia", "Ken", "Hedy", "Alan"}

func botCommand() *cobra.Command {
	var link string
	var skill float64
	cmd := &cobra.Command{
		Use:   "bot N --room LINK",
		Short: "Send synthetic players into a room",
		Long: `Send N synthetic players into a room. Each is a puppet in front of a made-up
sensor: it shows itself, raises its hands when it is ready, and tries to fit the
walls as well as its skill allows. They leave when interrupted.`,
		Example: "  cutout bot 3 --room http://192.168.1.20:7880/r/k7m2pq9x4w",
		Args:    exactArgs(1, "say how many: cutout bot 3 --room LINK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[0])
			if err != nil || n < 1 || n > maxBots {
				return usage(fmt.Errorf("%q is no number of bots", args[0]), fmt.Sprintf("1 to %d", maxBots))
			}
			if link == "" {
				return usage(errors.New("bots need a room"), "cutout bot 3 --room LINK, the link that 'cutout play' shows")
			}
			l, err := parseLink(link)
			if err != nil {
				return err
			}
			return runBots(cmd.Context(), n, l, skill)
		},
	}
	cmd.Flags().StringVar(&link, "room", "", "invite `LINK` of the room")
	cmd.Flags().Float64Var(&skill, "skill", -1, "how well they play, 0 to 1 (by default each differently)")
	return cmd
}

// runBots plays until ctx ends; the first error ends them all.
func runBots(ctx context.Context, n int, link netvideo.Link, skill float64) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	where := puppet.NewRoom(1)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			own := skill
			if own < 0 {
				own = 0.72 + 0.24*float64(i%3)/2
			}
			b := bot{name: botName(i), skill: own, seed: rand.Uint64(), room: where}
			if err := b.run(ctx, link); err != nil {
				cancel(fmt.Errorf("bot %s: %w", b.name, err))
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func botName(i int) string {
	name := botNames[i%len(botNames)]
	if round := i / len(botNames); round > 0 {
		name += " " + strconv.Itoa(round+1)
	}
	return name
}

// A bot is one synthetic player.
type bot struct {
	name  string
	skill float64
	seed  uint64
	room  *puppet.Room
}

// run joins the room and plays until ctx or the room ends.
func (b bot) run(ctx context.Context, link netvideo.Link) error {
	pass, err := redeem(ctx, link, door.Who{Name: b.name, Native: true, Bot: true})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := newPuppetSensor(puppet.Options{Seed: b.seed, Room: b.room, FPS: botFPS}, "a bot")
	defer s.source.Close()
	c := newCall(nil, &notices{})
	cam := &camera{framer: framing.NewFramer(framing.Options{Share: framing.Cutout, Width: botWidth, Height: botHeight})}

	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { _ = s.run(ctx) })
	wg.Go(func() { b.play(ctx, s, c, cam) })
	return c.join(ctx, room.Options{URL: pass.URL, Doors: pass.Doors, Token: pass.Token, NoPictures: true}, func(r *room.Room) {
		wg.Go(func() {
			publisher, err := r.Publish(ctx, room.PublishOptions{
				Name: b.name, Width: botWidth, Height: botHeight, FPS: botFPS, Kbps: botKbps,
			})
			if err == nil {
				cam.publisher.Store(publisher)
			}
		})
	})
}

// play steps the match with each scene of the puppet, and shows it to the room.
func (b bot) play(ctx context.Context, s *sensor, c *call, cam *camera) {
	m := &playedMatch{Match: match.New(match.Options{Transport: c, Poses: poses(), Seed: b.seed, Name: b.name})}
	defer m.Close()
	m.followers = append(m.followers, newPerformer(s.puppet, b.skill, b.seed).follow)
	start := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.fresh:
		}
		scene := s.Scene()
		_ = m.Advance(time.Since(start), matchInput(scene))
		cam.show(scene)
	}
}
