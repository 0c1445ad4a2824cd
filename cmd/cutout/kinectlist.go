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
is plugged in, the functions it consists of (camera, motor, audio, hub), and what keeps it
from being used: no 12 V, no permission. One that is in use by another program is not
disturbed.`,
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
	Functions []listedFunction `json:"functions"`
	Trouble   string           `json:"trouble,omitempty"`
	Advice    string           `json:"advice,omitempty"`
}

// A listedFunction is a function with its trouble in words.
type listedFunction struct {
	usb.Function
	Trouble string `json:"trouble,omitempty"`
}

// remark is what there is to say about a function.
func (f listedFunction) remark() string {
	if f.Trouble == "" {
		return ""
	}
	return ": " + f.Trouble
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
		l := listedKinect{Found: k, Functions: []listedFunction{}}
		for _, fn := range k.Functions {
			f := listedFunction{Function: fn}
			if fn.Trouble != nil {
				f.Trouble = fn.Trouble.Error()
			}
			l.Functions = append(l.Functions, f)
		}
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
		for _, fn := range k.Functions {
			w.printf("  %-8s 045e:%04x at address %d%s\n", fn.Kind, fn.Product, fn.Address, fn.remark())
		}
		if !k.Motor {
			w.printf("  motor and light can't be driven: %s\n", usb.Advice(usb.ErrNoMotor))
		}
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
