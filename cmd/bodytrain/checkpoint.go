package main

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// A checkpoint is how far a training has come.
type checkpoint struct {
	Settings Settings
	Trees    []planted
}

// errOther is answered to a checkpoint of another training.
var errOther = errors.New("it belongs to a training with other settings")

// resume reads a checkpoint of these settings; nothing if there is none yet.
func resume(name string, s Settings) ([]planted, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var c checkpoint
	if err := gob.NewDecoder(f).Decode(&c); err != nil {
		return nil, fmt.Errorf("reading the checkpoint %s: %w", name, err)
	}
	if c.Settings != s {
		return nil, fmt.Errorf("reading the checkpoint %s: %w", name, errOther)
	}
	return c.Trees, nil
}

// keep writes a checkpoint, so that there is a whole one at any time.
func keep(name string, s Settings, trees []planted) error {
	f, err := os.Create(name + ".new")
	if err != nil {
		return err
	}
	err = gob.NewEncoder(f).Encode(checkpoint{Settings: s, Trees: trees})
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing the checkpoint %s: %w", name, err)
	}
	return os.Rename(name+".new", name)
}
