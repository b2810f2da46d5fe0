package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"sessionhub/hub"
	"sessionhub/models"
)

const mcpInstructions = "Each tool is a function that is performed on behalf of one end user. " +
	"When an answer says that the user has to act, show the user the whole URL in it, and call the tool again afterwards."

// mcpCaller is who speaks MCP, and for whom.
type mcpCaller struct {
	who     models.Actor
	user    string
	app     models.App
	baseURL string
}

type mcpCallerKey struct{}

// serveMCP answers /api/hub/mcp: the functions of the tenant over the Model Context Protocol
// (streamable HTTP). Every request says by its headers who is calling and for which user, so
// there is no session to keep, and any process can answer any request.
func (a *api) serveMCP() echo.HandlerFunc {
	handler := mcp.NewStreamableHTTPHandler(a.mcpServer, &mcp.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, MaxRequestBodyBytes: a.MaxBody, Logger: a.Log,
		// A proxy on this machine is not an attack, and without an API key nothing is answered.
		DisableLocalhostProtection: true,
	})
	return func(c echo.Context) error {
		user, err := endUser(c)
		if err != nil {
			return err
		}
		if err := a.allowTime(c, a.Hub.Limit()); err != nil {
			return err
		}
		caller := mcpCaller{who: callerOf(c).Actor, user: user, app: appOf(c), baseURL: a.baseURL(c)}
		r := c.Request()
		handler.ServeHTTP(c.Response(), r.WithContext(context.WithValue(r.Context(), mcpCallerKey{}, caller)))
		return nil
	}
}

// mcpServer makes the server of one request. What there is to list and to call is looked up
// when it is asked for.
func (a *api) mcpServer(r *http.Request) *mcp.Server {
	caller := r.Context().Value(mcpCallerKey{}).(mcpCaller)
	server := mcp.NewServer(&mcp.Implementation{Name: "sessionhub", Version: a.Version}, &mcp.ServerOptions{
		Instructions: mcpInstructions,
		Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}},
	})
	server.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, request mcp.Request) (mcp.Result, error) {
			switch asked := request.(type) {
			case *mcp.ListToolsRequest:
				return a.mcpTools(ctx, caller)
			case *mcp.CallToolRequest:
				return a.mcpCall(ctx, caller, asked.Params)
			}
			return next(ctx, method, request)
		}
	})
	return server
}

func (a *api) mcpTools(ctx context.Context, caller mcpCaller) (*mcp.ListToolsResult, error) {
	functions, err := a.Functions.Functions(ctx, caller.who)
	if err != nil {
		return nil, a.mcpError(ctx, err)
	}
	result := &mcp.ListToolsResult{
		Tools:     make([]*mcp.Tool, len(functions)),
		Cacheable: mcp.Cacheable{CacheScope: "private"}, // the default would let a proxy give it to another tenant
	}
	for i, f := range functions {
		result.Tools[i] = &mcp.Tool{Name: f.Name, Description: f.Description, InputSchema: json.RawMessage(f.Parameters)}
	}
	return result, nil
}

// mcpCall performs a function. The text of its result is what POST /api/hub/perform answers, so
// that a model reads the same hints either way.
func (a *api) mcpCall(ctx context.Context, caller mcpCaller, asked *mcp.CallToolParamsRaw) (*mcp.CallToolResult, error) {
	answer, err := a.Hub.Perform(ctx, hub.Request{
		Who: caller.who, UserID: caller.user, Function: asked.Name, Arguments: asked.Arguments,
		App: caller.app, BaseURL: caller.baseURL,
	})
	if err != nil {
		return nil, a.mcpError(ctx, err)
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, a.mcpError(ctx, err)
	}
	return &mcp.CallToolResult{
		Content: []mcp.Content{&mcp.TextContent{Text: string(text)}}, StructuredContent: json.RawMessage(text),
		IsError: answer.Status == hub.StatusError,
	}, nil
}

// mcpError tells a client as little as handleError does.
func (a *api) mcpError(ctx context.Context, err error) error {
	if errors.Is(err, models.ErrNotFound) {
		return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "there is no such tool; tools/list names those there are"}
	}
	answer := lookUp(err, hubAnswers)
	if answer.Status >= http.StatusInternalServerError || answer.Status == statusUnreadable {
		a.Log.LogAttrs(ctx, slog.LevelError, "request failed", slog.String("route", "/api/hub/mcp"), slog.Any("error", err))
	}
	return &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: answer.Message}
}
