package main

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Marks of a command that reads hookrig.yaml: with all variables of it set, or with what is there.
const (
	readsConfig   = "reads-config"
	configStrict  = "strict"
	configLenient = "lenient"
)

// useConfig lets a command read hookrig.yaml.
func useConfig(cmd *cobra.Command, how string) {
	cmd.Annotations = map[string]string{readsConfig: how}
	cmd.Flags().String("config", "", "config file (default: hookrig.yaml, looked for upward to the repository's root)")
	fileFlag(cmd, "config")
}

// fillFlags gives each flag that the arguments left out the value of its twin in the environment, or
// else of the config file.
func (e *env) fillFlags(cmd *cobra.Command) error {
	var problem error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		value := e.getenv(twin(f.Name))
		if f.Changed || value == "" || problem != nil || f.Name == "help" || f.Name == "version" {
			return
		}
		problem = setFlag(cmd, f.Name, twin(f.Name), splitLines(f, value))
	})
	e.config = &config{}
	how, reads := cmd.Annotations[readsConfig]
	if problem != nil || !reads {
		return problem
	}
	path := cmd.Flag("config").Value.String()
	if path == "" {
		dir, err := os.Getwd()
		if err != nil {
			return unable("find %s: %w", configName, err)
		}
		path = findConfig(dir)
	}
	if e.config, problem = e.loadConfig(path, how == configLenient); problem != nil {
		return problem
	}
	settings := e.config.settings
	if profile := cmd.Flag("profile"); profile != nil {
		chosen, err := e.config.profile(profile.Value.String())
		if err != nil {
			return err
		}
		settings = append(chosen, settings...)
	}
	return applySettings(cmd, settings)
}

// applySettings sets the flags that nothing has set yet; the first setting of a flag wins.
func applySettings(cmd *cobra.Command, settings []setting) error {
	for _, s := range settings {
		if f := cmd.Flag(s.flag); f == nil || f.Changed {
			continue
		}
		if err := setFlag(cmd, s.flag, s.where, s.values); err != nil {
			return err
		}
	}
	return nil
}

func setFlag(cmd *cobra.Command, name, where string, values []string) error {
	for _, value := range values {
		if err := cmd.Flags().Set(name, value); err != nil {
			return badValue(where, value, cmp.Or(unwrapped(err), err))
		}
	}
	return nil
}

// unwrapped takes pflag's own sentence off an error.
func unwrapped(err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return invalid.Unwrap()
	}
	return nil
}

// twin is the environment variable of a flag.
func twin(flag string) string {
	return "HOOKRIG_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// splitLines takes a variable apart: a flag that may be repeated has one value a line.
func splitLines(f *pflag.Flag, value string) []string {
	if _, many := f.Value.(pflag.SliceValue); !many {
		return []string{value}
	}
	return slices.DeleteFunc(strings.Split(value, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
}

// fileFlag lets the shell complete file names for the flag.
func fileFlag(cmd *cobra.Command, name string) {
	if err := cmd.MarkFlagFilename(name); err != nil {
		panic(err) // the flag is ours
	}
}

// span is a flag for a length of time above zero; its zero value is "not given".
type span time.Duration

func (s *span) Type() string { return "duration" }

func (s *span) String() string {
	if *s == 0 {
		return ""
	}
	return time.Duration(*s).String()
}

// Set reads 90s, 5m, 1h30m.
func (s *span) Set(text string) error {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return misused("%q is not a length of time: write 500ms, 30s, 5m", shorten(text, 40))
	case d <= 0:
		return misused("%q must be above zero", text)
	}
	*s = span(d)
	return nil
}

// amount is a flag for a whole number of at least one; its zero value is "not given".
type amount int64

func (a *amount) Type() string { return "number" }

func (a *amount) String() string {
	if *a == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*a), 10)
}

// Set reads a whole number.
func (a *amount) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > math.MaxInt32 {
		return misused("%q is not a whole number from 1 to %d", shorten(text, 40), math.MaxInt32)
	}
	*a = amount(n)
	return nil
}

// instant is a flag for a point in time; its zero value is "not given".
type instant struct {
	time.Time
	now func() time.Time
}

func (i *instant) Type() string { return "time" }

func (i *instant) String() string {
	if i.Time.IsZero() {
		return ""
	}
	return i.Time.Format(time.RFC3339)
}

// Set reads an RFC 3339 time, a date, Unix seconds, or "now".
func (i *instant) Set(text string) error {
	if text == "now" {
		i.Time = i.now().UTC().Truncate(time.Millisecond)
		return nil
	}
	if seconds, err := strconv.ParseInt(text, 10, 40); err == nil && seconds > 0 {
		i.Time = time.Unix(seconds, 0).UTC()
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			i.Time = at.UTC()
			return nil
		}
	}
	return misused("%q is not a time: write 2026-01-05T08:00:00Z, a date, Unix seconds or now", shorten(text, 40))
}

// keysOf lists the keys of a map, sorted.
func keysOf[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
