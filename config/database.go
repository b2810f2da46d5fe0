package config

import "fmt"

// Database returns a Config that names a database and nothing else, for a command that is told of
// one beside the settings. The URL is one that SESSIONHUB_DATABASE_URL may be.
func Database(url string) (Config, error) {
	c := Config{DatabaseURL: url}
	err := checkDatabaseURL(c)
	if err == nil {
		return c, nil
	}
	for _, s := range settings() {
		if s.field == "DatabaseURL" {
			err = fmt.Errorf("%w; want %s", err, s.want)
		}
	}
	return Config{}, err
}
