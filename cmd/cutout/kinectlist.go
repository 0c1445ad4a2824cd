package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"cutout/kinect/usb"
)

func kinectListCommand() *cobra.Command {
	var f kinectFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show the Kinects on this machine and what ails them",
		Long: `Show every Kinect on every bus: its model, its serial number (for --serial), where it
is plugged in, and what keeps it from being used: no 12 V, no permission. One that is
in use by another program is not disturbed.`,
		Example: `  cutout kinect list
  cutout kinect list --json | jq -r '.kinects[].serial'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := usb.List()
			if err != nil {
				return kinectError(err)
			}
			if f.json {
				return printJSON(cmd.OutOrStdout(), listed(found))
			}
			return printKinects(cmd.OutOrStdout(), found)
		},
	}
	f.addJSON(cmd, "print one JSON object")
	return cmd
}

// A listedKinect is a Kinect with its trouble in words.
type listedKinect struct {
	usb.Found
	Trouble string `json:"trouble,omitempty"`
	Advice  string `json:"advice,omitempty"`
}

// A kinectList is what `list --json` prints.
type kinectList struct {
	Kinects []listedKinect `json:"kinects"`
	// Advice is what to check when there is none.
	Advice string `json:"advice,omitempty"`
}

func listed(found []usb.Found) kinectList {
	list := kinectList{Kinects: []listedKinect{}}
	for _, k := range found {
		l := listedKinect{Found: k}
		if k.Trouble != nil {
			l.Trouble, l.Advice = k.Trouble.Error(), usb.Advice(k.Trouble)
		}
		list.Kinects = append(list.Kinects, l)
	}
	if len(found) == 0 {
		list.Advice = usb.Advice(usb.ErrNotFound)
	}
	return list
}

func printKinects(out io.Writer, found []usb.Found) error {
	w := &lines{out: out}
	list := listed(found)
	if len(found) == 0 {
		w.printf("No Kinect found: %s\n", list.Advice)
	}
	for _, k := range list.Kinects {
		w.printf("Kinect %s, model %s, bus %d address %d\n", orElse(k.Serial, "(serial not readable)"), k.Model, k.Bus, k.Address)
		w.printf("  motor and light: %s\n", map[bool]string{true: "yes", false: "not driven"}[k.Motor])
		if k.Trouble != "" {
			w.printf("  trouble: %s\n", k.Trouble)
		}
		if k.Advice != "" {
			w.printf("  advice:  %s\n", k.Advice)
		}
	}
	if w.err != nil {
		return fmt.Errorf("print the list: %w", w.err)
	}
	return nil
}
