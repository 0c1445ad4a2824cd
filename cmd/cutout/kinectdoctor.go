package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cutout/kinect/usb"
)

// doctorFlags say how thoroughly to look.
type doctorFlags struct {
	kinectFlags
	report   string
	pictures bool
	still    bool
}

func kinectDoctorCommand() *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check a Kinect step by step, and say what to do about what is wrong",
		Long: `Check everything between you and your Kinect, step by step: this machine's USB, power,
permission, who holds the camera, its calibration, both streams with their rates and
losses, every mode it can send, what can be set, motor, light and accelerometer. Each
step says what was found and, where something is wrong, what to do. The head nods by a
few degrees; --still keeps it where it is.

--report takes about a minute and writes all that was found into one file: JSON, with
the text of every step at its top. It has the Kinect's descriptors, calibration, what its
packets' headers look like and what each mode delivered. It has no picture of your room
unless you say --with-pictures; the serial number is in it. Nobody at this project has a
Kinect: if you own one, this file tells us what we can't know.`,
		Example: `  cutout kinect doctor
  cutout kinect doctor --report kinect-report.json
  cutout kinect doctor --json | jq -r 'select(.result=="failed") | .advice'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			if f.pictures && f.report == "" {
				return usage(errors.New("--with-pictures puts pictures into a report"), "add --report FILE")
			}
			if f.span == 0 {
				f.span = 5 * time.Second
				if f.report != "" {
					f.span = 20 * time.Second
				}
			}
			return examineKinect(cmd, f)
		},
	}
	f.addSerial(cmd)
	f.addSpan(cmd, 0, "watch the streams for this long (default 5s, with --report 20s); every other mode gets a quarter of it, 500ms to 3s")
	f.addJSON(cmd, "print one JSON object a step")
	cmd.Flags().StringVar(&f.report, "report", "", "write all that was found to `FILE`, to send to the makers of the driver")
	cmd.Flags().BoolVar(&f.pictures, "with-pictures", false, "put a picture of each mode into the report: depth, colour, infrared of your room")
	cmd.Flags().BoolVar(&f.still, "still", false, "leave the motor alone")
	return cmd
}

// The results of a step.
const (
	resultOK      = "ok"
	resultWarning = "warning"
	resultFailed  = "failed"
	resultSkipped = "skipped"
)

// A finding is what a step of the check came to.
type finding struct {
	Step   string `json:"step"`
	Result string `json:"result"` // ok, warning, failed or skipped
	Says   string `json:"says"`
	Advice string `json:"advice,omitempty"`
	// Facts are the numbers behind it; the report and --json have them.
	Facts any `json:"facts,omitempty"`
}

// A doctor examines one Kinect and collects what it finds.
type doctor struct {
	flags    doctorFlags
	out      io.Writer
	root     string // of the file system that tells of USB
	findings []finding
	report   report
	tap      *packetTap
	device   *usb.Device
	err      error // of printing
}

func examineKinect(cmd *cobra.Command, f doctorFlags) (err error) {
	if f.report != "" { // better to know now than in a minute
		if err := touch(f.report); err != nil {
			return hint(err, "choose a place that can be written with --report")
		}
	}
	d := &doctor{flags: f, out: cmd.OutOrStdout(), root: "/", tap: newPacketTap()}
	ctx := cmd.Context()
	d.examine(ctx)
	if d.device != nil {
		d.closeDevice()
	}
	if ctx.Err() != nil {
		d.add(finding{Step: "interrupted", Result: resultWarning, Says: "the check was interrupted: later steps are missing"})
	}
	if f.report != "" {
		if err := d.writeReport(); err != nil {
			return hint(err, "make room on the disk, or choose another place with --report")
		}
	}
	return d.verdict()
}

// touch makes sure that a file can be written.
func touch(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return file.Close()
}

// examine goes through the steps for as long as they make sense.
func (d *doctor) examine(ctx context.Context) {
	d.examineSystem()
	if !d.examineBus() || !d.openDevice(ctx) {
		return
	}
	for _, step := range []func(context.Context){
		d.examineCalibration, d.examineStreams, d.examineModes, d.examineControls, d.examineMotor,
	} {
		if ctx.Err() != nil {
			return
		}
		step(ctx)
	}
}

// add notes a finding and prints it.
func (d *doctor) add(f finding) {
	d.findings = append(d.findings, f)
	if d.err != nil {
		return
	}
	if d.flags.json {
		d.err = printJSON(d.out, f)
		return
	}
	_, d.err = io.WriteString(d.out, f.text())
}

// text is the finding for people.
func (f finding) text() string {
	s := fmt.Sprintf("%-8s %-12s %s\n", f.Result, f.Step, f.Says)
	if f.Advice != "" {
		s += fmt.Sprintf("%-8s %-12s advice: %s\n", "", "", f.Advice)
	}
	return s
}

// fail notes that a step failed, with the driver's own advice where it has some.
func (d *doctor) fail(step string, err error, advice string) {
	d.add(finding{Step: step, Result: resultFailed, Says: err.Error(), Advice: orElse(usb.Advice(err), advice)})
}

// verdict ends the program: with an error if a step failed.
func (d *doctor) verdict() error {
	var failed []string
	warnings := 0
	advice := "each failed step above has advice"
	for _, f := range d.findings {
		switch f.Result {
		case resultFailed:
			failed = append(failed, f.Step)
			if len(failed) == 1 && f.Advice != "" {
				advice = f.Advice
			}
		case resultWarning:
			warnings++
		}
	}
	if d.err != nil {
		return fmt.Errorf("print the findings: %w", d.err)
	}
	if len(failed) > 0 {
		return hint(fmt.Errorf("the Kinect failed %d of %d steps: %s", len(failed), len(d.findings), strings.Join(failed, ", ")), "%s", advice)
	}
	if d.flags.json {
		return nil
	}
	_, err := fmt.Fprintf(d.out, "\n%d steps, none failed, %d with a warning.\n", len(d.findings), warnings)
	return err
}

// closeDevice says how the Kinect let go.
func (d *doctor) closeDevice() {
	start := time.Now()
	err := d.device.Close()
	d.device = nil
	if err != nil {
		d.fail("close", fmt.Errorf("close the Kinect: %w", err), "unplug it and plug it in again before the next program uses it")
		return
	}
	d.add(finding{Step: "close", Result: resultOK, Says: fmt.Sprintf("given back in %d ms", time.Since(start).Milliseconds())})
}

// examineSystem says what this machine is.
func (d *doctor) examineSystem() {
	d.report.Program, d.report.System = programFacts(), systemFacts()
	s := d.report.System
	d.add(finding{
		Step: "system", Result: resultOK, Facts: s,
		Says: fmt.Sprintf("cutout %s, %s/%s, %d cores, kernel %s, %s", d.report.Program.Version, runtime.GOOS, runtime.GOARCH, s.Cores, orElse(s.Kernel, "unknown"), orElse(s.Libusb, "libusb linked in")),
	})
}
