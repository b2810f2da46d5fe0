package main

import (
	_ "embed" // of the example's document
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"sessionhub/hub"
	"sessionhub/models"
	"sessionhub/repository"
)

//go:embed testdata/openapi/weather.yaml
var weatherDocument []byte

const (
	exampleTool   = "weather"
	exampleSource = "the example of this program" // tells its tool from others of this name

	// exampleKey is the only one that the stand-in takes, so that a wrong one can be tried too.
	exampleKey = "demo"
)

func (p *program) toolExampleCommand() *cobra.Command {
	var tenant, addr string
	cmd := &cobra.Command{
		Use: "example", Short: "Add a weather tool and serve a stand-in for its provider, to try out the hub", Args: cobra.NoArgs,
		Long: `Add the tool "weather" to a tenant, and serve a stand-in for its provider on this
machine until told to stop. The weather is made up; the one API key that it takes
is demo. Run it beside the service. Another tool of this name stays as it is.`,
	}
	tenantFlag(cmd, &tenant)
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:3001", "where the stand-in listens")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		listener, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", addr)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		if err := p.addExample(cmd, tenant, "http://"+listener.Addr().String()); err != nil {
			return errors.Join(err, listener.Close())
		}
		server := &http.Server{Handler: http.HandlerFunc(serveWeather), ReadHeaderTimeout: headerTimeout}
		return serveUntil(cmd.Context(), server, listener, time.Second, func() {})
	}
	return cmd
}

func (p *program) addExample(cmd *cobra.Command, tenant, address string) error {
	cfg, err := p.config()
	if err != nil {
		return err
	}
	tool, _, err := hubClient(cfg).Import(cmd.Context(), hub.Import{Document: weatherDocument, CompileOptions: hub.CompileOptions{
		Name: exampleTool, Source: exampleSource, BaseURL: address, AllowPrivate: true, Credentials: models.OwnerUser,
	}})
	if err != nil {
		return err
	}
	return p.withTenant(cmd.Context(), tenant, func(store *repository.Store, t models.Tenant) error {
		there, err := store.Tools.Get(cmd.Context(), actor(t), exampleTool)
		if err == nil && there.Source != exampleSource {
			return fmt.Errorf("there is a tool %q already that is not the example; remove it, or use another tenant", exampleTool)
		}
		if err != nil && !errors.Is(err, models.ErrNotFound) {
			return err
		}
		if err := store.Tools.Add(cmd.Context(), actor(t), &tool, true); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, exampleText, address, localURL(cfg), localURL(cfg))
		return err
	})
}

const exampleText = `The tool "weather" is added; a stand-in for its provider serves at %s.
Leave it running, and ask as an agent does, with your API key:

curl %s/api/hub/fd -H "Authorization: Bearer $KEY"

curl -X POST %s/api/hub/perform/weather__current-weather__CurrentWeather -H "Authorization: Bearer $KEY" -H "x-superface-user-id: example|alice" -H "Content-Type: application/json" -d '{"city": "prague, cz"}'

The answer asks for an account: open its action_url, enter the API key demo, and ask again.
`

type weatherResponse struct {
	Description string `json:"description"`
	Temperature int    `json:"temperature"`
	FeelsLike   int    `json:"feelsLike"`
	Units       string `json:"units"`
}

// serveWeather makes up the weather of a city from its name, the same each time.
func serveWeather(w http.ResponseWriter, r *http.Request) {
	city, units := r.URL.Query().Get("city"), r.URL.Query().Get("units")
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.Method != http.MethodGet || r.URL.Path != "/current":
		weatherFailed(w, http.StatusNotFound, "there is only GET /current")
		return
	case r.Header.Get("X-Api-Key") != exampleKey:
		weatherFailed(w, http.StatusUnauthorized, "the header X-Api-Key has to be "+exampleKey)
		return
	case city == "":
		weatherFailed(w, http.StatusBadRequest, "city is missing")
		return
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(city))
	temperature := int(sum.Sum32()%35) - 5 // Celsius
	switch units {
	case "F":
		temperature = temperature*9/5 + 32
	case "K":
		temperature += 273
	default:
		units = "C"
	}
	writeWeather(w, weatherResponse{
		Description: []string{"Sunny", "Cloudy", "Light rain"}[sum.Sum32()%3], Temperature: temperature, FeelsLike: temperature - 2, Units: units,
	})
}

func weatherFailed(w http.ResponseWriter, status int, reason string) {
	w.WriteHeader(status)
	writeWeather(w, map[string]string{"error": reason})
}

func writeWeather(w http.ResponseWriter, answer any) {
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		slog.Debug("the stand-in's client left", slog.Any("error", err))
	}
}
