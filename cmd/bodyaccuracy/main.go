// Command bodyaccuracy prints how well the tracker finds people, as a table: on real
// frames, on made-up people, and by the clock. `make accuracy` runs it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"cutout/kinect/body/accuracy"
	"cutout/kinect/mannequin"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bodyaccuracy:", err)
		os.Exit(1)
	}
}

type flags struct {
	data, pictures string
	seed           uint64
	quick, json    bool
	why            bool
	only           string
	kinds          []string
}

func command() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "bodyaccuracy",
		Short: "How well people are found: joints, masks, identities, gestures, time",
		Long: `Measure the tracker on real frames (where --data or CUTOUT_DATA says they are), on
made-up people of whom the whole truth is known, and by the clock. The table says
what each figure is to be, and what others reach. Pictures of the worst frames show
depth with the truth in green and what was found in red.`,
		SilenceUsage: true, SilenceErrors: true,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return measure(cmd, f) },
	}
	cmd.Flags().StringVar(&f.data, "data", os.Getenv("CUTOUT_DATA"), "`DIR` with the real frames")
	cmd.Flags().StringVar(&f.pictures, "pictures", filepath.Join("out", "accuracy"), "`DIR` for pictures of the worst frames; empty for none")
	cmd.Flags().Uint64Var(&f.seed, "seed", 1, "which made-up people")
	cmd.Flags().BoolVar(&f.quick, "quick", false, "fewer of them: about a minute")
	cmd.Flags().StringVar(&f.only, "only", "", "one `PART`: real, synthetic or pace")
	cmd.Flags().StringSliceVar(&f.kinds, "kinds", nil, "made-up sequences of some `KIND`s alone, such as cross,sofa (all: "+kindNames()+")")
	cmd.Flags().BoolVar(&f.why, "why", false, "say of each kind of made-up sequence where the overlap of masks is lost")
	cmd.Flags().BoolVar(&f.json, "json", false, "print one JSON object")
	return cmd
}

func measure(cmd *cobra.Command, f flags) error {
	o, err := options(f, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	report, err := accuracy.Run(cmd.Context(), o)
	if err != nil {
		return err
	}
	if err := save(f.pictures, report.Worst); err != nil {
		return fmt.Errorf("save the worst frames (--pictures '' leaves them out): %w", err)
	}
	if f.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(report)
	}
	if err := report.WriteText(cmd.OutOrStdout()); err != nil {
		return err
	}
	if len(report.Worst) > 0 {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "\nThe worst frames are in %s (green: true, red: found).\n", f.pictures)
	}
	return err
}

func options(f flags, errOut io.Writer) (accuracy.Options, error) {
	o := accuracy.Options{Seed: f.seed, Workers: runtime.NumCPU(), Why: f.why, Progress: progress(errOut)}
	switch f.only {
	case "", "real", "synthetic", "pace":
	default:
		return o, fmt.Errorf("--only takes real, synthetic or pace, not %q", f.only)
	}
	if f.only == "" || f.only == "real" {
		o.Data = data(f.data, errOut)
	}
	if f.only == "" || f.only == "synthetic" {
		o.Synthetic = accuracy.Full()
		if f.quick {
			o.Synthetic = accuracy.Quick()
		}
		kinds, err := parseKinds(f.kinds)
		if err != nil {
			return o, err
		}
		if len(kinds) > 0 {
			o.Synthetic = o.Synthetic.Of(kinds...)
		}
	}
	o.Pace = f.only == "" || f.only == "pace"
	if f.pictures != "" {
		o.Worst = 4
	}
	return o, nil
}

func kindNames() string {
	var names []string
	for k := range mannequin.Kind(mannequin.KindCount) {
		names = append(names, k.String())
	}
	return strings.Join(names, ", ")
}

func parseKinds(names []string) (kinds []mannequin.Kind, err error) {
	for _, name := range names {
		k := mannequin.Kind(0)
		for k < mannequin.KindCount && k.String() != name {
			k++
		}
		if k == mannequin.KindCount {
			return nil, fmt.Errorf("--kinds takes some of %s, not %q", kindNames(), name)
		}
		kinds = append(kinds, k)
	}
	return kinds, nil
}

// data is the directory of real frames; nil when there is none.
func data(dir string, errOut io.Writer) fs.FS {
	if info, err := os.Stat(dir); dir == "" || err != nil || !info.IsDir() {
		fmt.Fprintln(errOut, "No real frames: --data and CUTOUT_DATA name no directory.")
		return nil
	}
	return os.DirFS(dir)
}

func save(dir string, worst []accuracy.Worst) error {
	if len(worst) == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, w := range worst {
		f, err := os.Create(filepath.Join(dir, w.Name+".png"))
		if err != nil {
			return err
		}
		if err := png.Encode(f, w.Picture); err != nil {
			f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// progress prints how far it is: on a terminal one line that is overwritten, else nothing.
func progress(errOut io.Writer) func(string, int, int) {
	f, ok := errOut.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	var last time.Time
	return func(what string, done, total int) {
		switch {
		case done == total:
			fmt.Fprint(f, "\r\033[K")
		case time.Since(last) > 200*time.Millisecond:
			fmt.Fprintf(f, "\r\033[K%s: %d of %d", what, done, total)
			last = time.Now()
		}
	}
}
