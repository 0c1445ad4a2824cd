// Command cutout is a party game for your body: a wall with a hole in the shape of
// a person rushes at you, and you must fit through.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program. The exit code is 0 for done, 1 for failed, 2 for wrong
// usage.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(errOut, "cutout:", err)
	var hinted *hintError
	if errors.As(err, &hinted) {
		fmt.Fprintln(errOut, "hint:", hinted.hint)
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return 2
	}
	return 1
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "cutout",
		Short:         "A party game for your body: fit through the wall",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          oneOfTheCommands,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.AddCommand(playCommand(), joinCommand(), serveCommand(), inviteCommand(), tokenCommand(), botCommand(), kinectCommand(), bodyCommand(), doctorCommand())
	root.AddCommand(roomCommands()...)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(err, "see '"+cmd.CommandPath()+" --help'")
	})
	return root
}

// oneOfTheCommands answers a word that is no command of parent's.
func oneOfTheCommands(parent *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	path := parent.CommandPath()
	advice := "'" + path + " --help' lists the commands"
	if like := parent.SuggestionsFor(args[0]); len(like) > 0 {
		advice = "did you mean '" + path + " " + like[0] + "'?"
	}
	return usage(fmt.Errorf("there is no command %q", args[0]), advice)
}
