package main

import (
	"embed"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// starters are the files that init writes: hookrig.yaml and a provider folder.
//
//go:embed starter
var starters embed.FS

func newInit(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "init [provider DIR]", Short: "Write a starter hookrig.yaml, or a provider folder of your own",
		Long: "Write a starter hookrig.yaml into the current folder, or with `init provider DIR` a provider folder that is\nready for hookrig lint DIR and hookrig stream -p DIR.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) == 2 && args[0] == "provider" {
				return nil
			}
			return misused("hookrig init does not take %q", strings.Join(args, " ")).hint("usage: %s", cmd.UseLine())
		}}
	force := cmd.Flags().Bool("force", false, "replace files that are there")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return e.copyStarter("starter/"+configName, configName, *force)
		}
		return e.copyStarters("starter/provider", args[1], *force)
	}
	return cmd
}

// copyStarters copies a folder of starters.
func (e *env) copyStarters(from, to string, force bool) error {
	return fs.WalkDir(starters, from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, filepath.FromSlash(strings.TrimPrefix(strings.TrimPrefix(path, from), "/")))
		if entry.IsDir() {
			if err := os.MkdirAll(target, 0o755); err != nil {
				return unable("write %q: %w", target, reason(err))
			}
			return nil
		}
		return e.copyStarter(path, target, force)
	})
}

func (e *env) copyStarter(from, to string, force bool) error {
	if _, err := os.Lstat(to); err == nil && !force {
		return misused("%q is there already", to).hint("--force replaces it")
	}
	text, err := starters.ReadFile(from)
	if err != nil {
		return err
	}
	if err := writeFile(to, 0o644, func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
		return err
	}
	e.say("wrote %s", to)
	return nil
}
