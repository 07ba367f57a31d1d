package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/hookrig/hookrig/contract"
)

// configReader fills a config from its document.
type configReader struct {
	*document
	config *config
}

func (r *configReader) read(top []member) error {
	special := map[string]func(member) error{
		"start": r.start, "endpoints": r.endpoints, "headers": r.headers, "set": r.set,
		"observe": r.observe, "profiles": r.profiles, "waivers": r.waivers,
	}
	var problems []error
	for _, m := range top {
		read, known := special[m.key]
		if !known {
			if _, known = flagKeys()[m.key]; !known {
				problems = append(problems, r.unknown(m, append(keysOf(special), keysOf(flagKeys())...)))
				continue
			}
			read = func(m member) error { return r.plain(&r.config.settings, m) }
		}
		if err := read(m); err != nil {
			problems = append(problems, err)
		}
	}
	return joinFailures(problems)
}

// unknown is a key that the file may not have there.
func (r *configReader) unknown(m member, known []string) error {
	return misused("%s:%d: unknown key %q", r.file, m.line, m.key).hint("%s", didYouMean(m.key, known))
}

// fields reads a mapping with a fixed set of keys.
func (r *configReader) fields(node ast.Node, what string, known map[string]func(member) error) error {
	members, err := r.mapping(node, what)
	if err != nil {
		return err
	}
	for _, m := range members {
		read, ok := known[m.key]
		if !ok {
			return r.unknown(m, keysOf(known))
		}
		if err := read(m); err != nil {
			return err
		}
	}
	return nil
}

// plain reads a key that stands for a flag.
func (r *configReader) plain(into *[]setting, m member) error {
	values, err := r.scalars(m.value, m.key)
	if err != nil {
		return err
	}
	for i, value := range values {
		values[i] = r.beside(m.key, value)
	}
	*into = append(*into, r.setting(m, flagKeys()[m.key], values...))
	return nil
}

func (r *configReader) setting(m member, flag string, values ...string) setting {
	return setting{flag, values, r.file + ":" + strconv.Itoa(m.line)}
}

// beside makes a path of the file relative to the file.
func (r *configReader) beside(key, value string) string {
	join := func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(filepath.Dir(r.config.path), path)
	}
	switch {
	case slices.Contains(pathKeys(), key), key == "provider" && strings.HasPrefix(value, "."):
		return join(value)
	case key == "report":
		var parts []string
		for part := range strings.SplitSeq(value, ",") {
			kind, path, _ := strings.Cut(part, "=")
			if path != "" {
				part = kind + "=" + join(path)
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, ",")
	}
	return value
}

func (r *configReader) start(m member) error {
	return r.fields(m.value, "start", map[string]func(member) error{
		"command": func(m member) error {
			words, err := r.scalars(m.value, "start.command")
			if err != nil {
				return err
			}
			if len(words) == 1 {
				words = strings.Fields(words[0])
			}
			if len(words) == 0 {
				return misused("%s:%d: start.command names no program", r.file, m.line)
			}
			r.config.start = words
			return nil
		},
		"restart": func(m member) error {
			text, err := r.scalar(m.value, "start.restart")
			if err == nil && text != "true" && text != "false" {
				err = misused("%s:%d: start.restart must be true or false, not %q", r.file, m.line, text)
			}
			r.config.restart = text == "true"
			return err
		},
	})
}

func (r *configReader) endpoints(m member) error {
	members, err := r.mapping(m.value, "endpoints")
	if err != nil {
		return err
	}
	for _, m := range members {
		endpoint, err := r.endpoint(m)
		if err != nil {
			return err
		}
		if m.key == "main" {
			r.config.endpoints = append([]endpointConfig{endpoint}, r.config.endpoints...)
		} else {
			r.config.endpoints = append(r.config.endpoints, endpoint)
		}
	}
	return nil
}

func (r *configReader) endpoint(m member) (endpointConfig, error) {
	c := endpointConfig{name: m.key, where: r.file + ":" + strconv.Itoa(m.line)}
	var err error
	problem := r.fields(m.value, "endpoint "+strconv.Quote(m.key), map[string]func(member) error{
		"url":     func(m member) error { c.url, err = r.scalar(m.value, "url"); return err },
		"secret":  func(m member) error { c.secrets, err = r.scalars(m.value, "secret"); return err },
		"set":     func(m member) error { c.set, err = r.values(m); return err },
		"headers": func(m member) error { c.headers, err = r.lines(m); return err },
	})
	if problem == nil && c.url == "" {
		problem = misused("%s: endpoint %q has no url", c.where, c.name)
	}
	return c, problem
}

func (r *configReader) headers(m member) error {
	lines, err := r.lines(m)
	r.config.settings = append(r.config.settings, r.setting(m, "header", lines...))
	return err
}

// lines reads header lines.
func (r *configReader) lines(m member) ([]string, error) {
	members, err := r.mapping(m.value, "headers")
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, m := range members {
		value, err := r.scalar(m.value, "header "+strconv.Quote(m.key))
		if err != nil {
			return nil, err
		}
		lines = append(lines, m.key+": "+value)
	}
	return lines, nil
}

func (r *configReader) set(m member) error {
	values, err := r.values(m)
	var pins []string
	for _, pointer := range keysOf(values) {
		pins = append(pins, pointer+"="+string(values[pointer]))
	}
	r.config.settings = append(r.config.settings, r.setting(m, "set", pins...))
	return err
}

// values reads pinned values: JSON Pointer and value.
func (r *configReader) values(m member) (map[string]json.RawMessage, error) {
	members, err := r.mapping(m.value, "set")
	if err != nil {
		return nil, err
	}
	values := map[string]json.RawMessage{}
	for _, m := range members {
		value, err := r.literal(m.value, m.key)
		if err != nil {
			return nil, err
		}
		if values[m.key], err = json.Marshal(value); err != nil {
			return nil, misused("%s:%d: %q cannot be written as JSON", r.file, m.line, m.key)
		}
	}
	return values, nil
}

func (r *configReader) observe(m member) error {
	plain := func(flag, prefix string) func(member) error {
		return func(m member) error {
			text, err := r.scalar(m.value, m.key)
			if err == nil {
				r.config.settings = append(r.config.settings, r.setting(m, flag, prefix+text))
			}
			return err
		}
	}
	return r.fields(m.value, "observe", map[string]func(member) error{
		"api": plain("observe", "api:"), "url": plain("observe", ""), "command": plain("observe-cmd", ""),
		"settle": plain("settle", ""), "idle": plain("idle-cmd", ""),
	})
}

func (r *configReader) profiles(m member) error {
	profiles, err := r.mapping(m.value, "profiles")
	if err != nil {
		return err
	}
	r.config.profiles = map[string][]setting{}
	for _, profile := range profiles {
		members, err := r.mapping(profile.value, "profile "+strconv.Quote(profile.key))
		if err != nil {
			return err
		}
		settings := []setting{}
		for _, m := range members {
			if _, known := flagKeys()[m.key]; !known {
				return r.unknown(m, keysOf(flagKeys()))
			}
			if err := r.plain(&settings, m); err != nil {
				return err
			}
		}
		r.config.profiles[profile.key] = settings
	}
	return nil
}

func (r *configReader) waivers(m member) error {
	for _, item := range r.items(m.value) {
		var w contract.Waiver
		text := func(into *string) func(member) error {
			return func(m member) (err error) { *into, err = r.scalar(m.value, m.key); return err }
		}
		err := r.fields(item, "a waiver", map[string]func(member) error{
			"check": text(&w.Check), "event": text(&w.Event), "where": text(&w.Where), "reason": text(&w.Reason), "until": text(&w.Until),
		})
		if err != nil {
			return err
		}
		if err := w.Validate(); err != nil {
			return misused("%s:%d: %w", r.file, line(item), err)
		}
		r.config.waivers, r.config.lines[w.Check] = append(r.config.waivers, w), line(item)
	}
	return nil
}
