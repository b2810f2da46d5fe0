package config

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

const (
	// prefix starts the name of every variable.
	prefix = "SESSIONHUB_"
	// fileSuffix ends the name of a variable that gives the path of a file with the value.
	fileSuffix = "_FILE"
)

// Load makes a Config from environ, which has the shape of os.Environ(), and reads the files
// that NAME_FILE variables name. The warnings are sentences about names that are not settings.
// The error names all mistakes, one a line; with it the Config is empty.
func Load(environ []string) (Config, []string, error) {
	given, all := ours(environ), settings()
	warnings := unknown(given)
	wrong := problems{}
	values := map[string]string{} // never nil: for nil, env reads the process environment
	for _, s := range all {
		value, err := s.read(given)
		wrong.add(s.field, err)
		values[s.name] = value
	}
	c, err := parse(values, wrong)
	if err != nil {
		return Config{}, warnings, err
	}
	for field, err := range c.finish() {
		wrong.add(field, err)
	}
	if err := wrong.join(all, given); err != nil {
		return Config{}, warnings, err
	}
	return c, warnings, nil
}

// parse turns the values into a Config and puts those that did not fit their type in wrong. Its
// error is a fault in Config itself.
func parse(values map[string]string, wrong problems) (Config, error) {
	c, err := env.ParseAsWithOptions[Config](env.Options{Environment: values, Prefix: prefix, FuncMap: parsers()})
	if err == nil {
		return c, nil
	}
	var all env.AggregateError
	if !errors.As(err, &all) {
		return c, err
	}
	for _, e := range all.Errors {
		var misfit env.ParseError
		if !errors.As(e, &misfit) {
			return c, err
		}
		wrong.add(misfit.Name, misfit.Err)
	}
	return c, nil
}

// setting is what the tags of one field of Config say.
type setting struct {
	field  string
	name   string // the variable
	preset string // the default, as one would write it
	want   string
	hidden bool
}

// settings returns the settings in the order of the fields of Config.
func settings() []setting {
	var all []setting
	for f := range reflect.TypeFor[Config]().Fields() {
		all = append(all, setting{
			field:  f.Name,
			name:   prefix + f.Tag.Get("env"),
			preset: f.Tag.Get("envDefault"),
			want:   f.Tag.Get("want"),
			hidden: f.Tag.Get("hidden") == "true",
		})
	}
	return all
}

// Names returns the variable of every setting, without the _FILE forms, sorted.
func Names() []string {
	var names []string
	for _, s := range settings() {
		names = append(names, s.name)
	}
	slices.Sort(names)
	return names
}

// ours returns the variables that start with SESSIONHUB_ and are not empty.
func ours(environ []string) map[string]string {
	given := env.ToMap(environ)
	maps.DeleteFunc(given, func(name, value string) bool {
		return value == "" || !strings.HasPrefix(name, prefix)
	})
	return given
}
