package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cutout/kinect/framing"
	"cutout/netvideo/door"
)

// seat is what a player may choose; play and join share it.
type seat struct {
	sensor, name          string
	share, background     string
	view                  framing.Options // what share and background mean
	mic                   string
	fullscreen, offscreen bool
	span                  time.Duration
	shots, stats, events  string
	record                string
	skill                 float64
}

// flags declares the seat's flags on a command.
func (s *seat) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.sensor, "sensor", "auto", "`SENSOR`: auto, kinect, kinect:SERIAL, recording:DIR, puppet or none")
	f.StringVar(&s.name, "name", "", "what friends see below your picture (default your user name)")
	f.StringVar(&s.share, "share", "cutout", "what friends see of you: silhouette, cutout (you without your room) or camera")
	f.StringVar(&s.background, "background", "", "`WHAT` is around you: corridor (made up; the default), keep (your room, cropped to you), blur, replace:FILE (a picture) or key (plain green, for friends who put you into a world of theirs)")
	f.StringVar(&s.mic, "mic", "auto", "whether friends hear you: on, off or auto (where there is a microphone and a window)")
	f.BoolVar(&s.fullscreen, "fullscreen", false, "fill the screen")
	f.BoolVar(&s.offscreen, "offscreen", false, "play on a virtual display and leave pictures; the default without a display")
	f.DurationVar(&s.span, "for", 0, "stop after this time, e.g. 20s (off-screen: by default at the podium)")
	f.StringVar(&s.shots, "shots", "", "take PNG pictures of the match into `DIR` (off-screen: out)")
	f.StringVar(&s.stats, "stats", "", "write one JSON line a second to `FILE` (off-screen: out/stats.jsonl)")
	f.StringVar(&s.events, "events", "", "write one JSON line per event to `FILE` (off-screen: out/events.jsonl)")
	f.StringVar(&s.record, "record", "", "record the match's inputs to `FILE`: enough to replay it exactly")
	f.Float64Var(&s.skill, "skill", 0.9, "how well a puppet plays while nobody steers it, 0 to 1")
}

// settle fills in what depends on the machine, and says what is wrong with the rest.
func (s *seat) settle() error {
	var err error
	if s.view, err = parseView(s.share, s.background); err != nil {
		return err
	}
	if s.skill < 0 || s.skill > 1 {
		return usage(fmt.Errorf("a skill of %v is out of range", s.skill), "--skill takes 0 to 1")
	}
	if s.span < 0 {
		return usage(errors.New("--for takes a time that is not negative"), "for example --for 20s")
	}
	s.name = strings.Join(strings.Fields(s.name), " ")
	if s.name == "" {
		s.name = userName()
	}
	if len(s.name) > maxName {
		return usage(fmt.Errorf("the name is longer than %d bytes", maxName), "--name takes what fits below a picture")
	}
	if !s.offscreen && !hasDisplay() {
		s.offscreen = true
	}
	if s.mic, err = parseMic(s.mic, s.offscreen); err != nil {
		return err
	}
	if s.offscreen {
		s.shots = orElse(s.shots, "out")
		s.stats = orElse(s.stats, "out/stats.jsonl")
		s.events = orElse(s.events, "out/events.jsonl")
	}
	return nil
}

// maxName is the length of the longest name, in bytes.
const maxName = 40

func userName() string {
	if u, err := user.Current(); err == nil {
		if first, _, _ := strings.Cut(u.Name, " "); first != "" && first != "root" {
			return first
		}
	}
	if n := os.Getenv("USER"); n != "" && n != "root" && len(n) <= maxName {
		return n
	}
	return "You"
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// playOptions are the choices of 'cutout play' alone.
type playOptions struct {
	seat
	bots    int
	friends int
	walls   int
	seed    uint64
	listen  string
	mapping string
	server  string
	session string
	solo    bool
}

func playCommand() *cobra.Command {
	var o playOptions
	cmd := &cobra.Command{
		Use:   "play",
		Short: "Play, and keep a room that friends can join",
		Long: `Play Cutout. A wall with a hole in the shape of a person comes at you: fit through.

The room for your friends is kept by this program: the lobby shows a link and its
QR code, and whoever opens it is in. Raise both hands (or press Enter) to be ready;
when everyone is, ten walls come.

Without a Kinect a puppet stands in for you. It plays by itself until you take the
mouse, the keyboard or a gamepad. Without a display the program plays a demonstration
off-screen and leaves pictures, statistics and events in out/.`,
		Example: `  cutout play                                  with the Kinect if there is one
  cutout play --bots 3                         with three synthetic friends
  cutout play --sensor recording:DIR           from a recording of fakenect-record
  cutout play --background blur                friends see you before your room, blurred
  cutout play --offscreen --for 20s            twenty seconds without a window`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.settle(); err != nil {
				return err
			}
			return play(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.IntVar(&o.bots, "bots", 0, "how many synthetic players to invite, 0 to 16")
	f.IntVar(&o.friends, "friends", 0, "how many friends a demonstration waits for, a minute at most (default: the bots)")
	f.IntVar(&o.walls, "walls", 10, "how many walls a match has, 1 to 40")
	f.Uint64Var(&o.seed, "seed", 0, "play the walls of this `NUMBER` again (default: new ones)")
	f.StringVar(&o.listen, "listen", ":7880", "`ADDRESS` of the room's door; another port is taken when it is in use")
	f.StringVar(&o.mapping, "map", "auto", "ask the router to open the room's ports to the internet: auto or off")
	f.StringVar(&o.server, "server", "", "keep the room on the server at `URL`, a cutout serve or any LiveKit, with the keys in LIVEKIT_API_KEY and LIVEKIT_API_SECRET")
	f.StringVar(&o.session, "session", "", "with --server, the `NAME` of the room (default: a new one)")
	f.BoolVar(&o.solo, "solo", false, "keep no room: play alone")
	return cmd
}

func (o *playOptions) settle() error {
	if err := o.seat.settle(); err != nil {
		return err
	}
	if o.bots < 0 || o.bots > maxBots {
		return usage(fmt.Errorf("%d is no number of bots", o.bots), fmt.Sprintf("--bots takes 0 to %d", maxBots))
	}
	if o.walls < 1 || o.walls > maxWalls {
		return usage(fmt.Errorf("%d is no number of walls", o.walls), fmt.Sprintf("--walls takes 1 to %d", maxWalls))
	}
	if o.mapping != "auto" && o.mapping != "off" {
		return usage(fmt.Errorf("--map %q is neither auto nor off", o.mapping), "auto asks the router to open the ports, off leaves it alone")
	}
	if err := o.checkServer(); err != nil {
		return err
	}
	if o.solo && o.bots > 0 {
		return usage(errors.New("bots need a room, and --solo keeps none"), "leave one of --solo and --bots out")
	}
	return nil
}

func (o *playOptions) checkServer() error {
	switch keys, err := door.KeysFromEnv(); {
	case o.server == "" && o.session != "":
		return usage(errors.New("--session names a room on a --server"), "leave it out, or add --server URL")
	case o.server == "":
		return nil
	case o.solo:
		return usage(errors.New("--solo keeps no room"), "leave one of --solo and --server out")
	case err != nil, keys == door.Keys{}:
		return usage(errors.New("--server needs the server's keys"), "set LIVEKIT_API_KEY and LIVEKIT_API_SECRET (32 bytes or more)")
	}
	return nil
}

func joinCommand() *cobra.Command {
	var s seat
	var server, token string
	cmd := &cobra.Command{
		Use:   "join LINK",
		Short: "Join a friend's room",
		Long: `Join a friend's room by the link that 'cutout play' shows, or any LiveKit server
by its address and a token. Who joins in the middle of a match watches the wall that
is coming and plays from the next one.`,
		Example: `  cutout join http://192.168.1.20:7880/r/k7m2pq9x4w
  cutout join LINK --sensor puppet --name Ada
  cutout join --server http://192.168.1.20:7880 --token TOKEN`,
		Args: maxArgs(1, "cutout join takes one link"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := s.settle(); err != nil {
				return err
			}
			switch {
			case len(args) == 1 && (server != "" || token != ""):
				return usage(errors.New("a link needs neither --server nor --token"), "leave them out, or leave the link out")
			case len(args) == 0 && (server == "" || token == ""):
				return usage(errors.New("where to?"), "cutout join LINK, or cutout join --server URL --token TOKEN")
			case len(args) == 1:
				return joinLink(cmd.Context(), s, args[0], cmd.OutOrStdout())
			}
			return joinServer(cmd.Context(), s, server, token, cmd.OutOrStdout())
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&server, "server", "", "`URL` of a room's door or of a LiveKit server")
	cmd.Flags().StringVar(&token, "token", "", "the `TOKEN` that lets you in")
	return cmd
}

func maxArgs(n int, advice string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usage(fmt.Errorf("%q is too much", args[n]), advice+"; see '"+cmd.CommandPath()+" --help'")
		}
		return nil
	}
}

func exactArgs(n int, advice string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return usage(errors.New("something is missing"), advice)
		}
		return maxArgs(n, advice)(cmd, args)
	}
}
