package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"sessionhub/models"
)

// The statuses of an answer.
const (
	StatusSuccess        = "success"
	StatusRequiresAction = "requires_action"
	StatusError          = "error"
)

const actionConfigure = "configure_access"

// Answer is what an agent is told of a call. It is stored for a repeated Idempotency-Key as it
// goes over the wire, which is why its names stand here.
type Answer struct {
	Status     string          `json:"status"`
	Hint       string          `json:"assistant_hint"`
	ActionType string          `json:"action_type,omitempty"`
	ActionURL  string          `json:"action_url,omitempty"`
	Result     json.RawMessage `json:"result,omitempty"` // JSON null where the provider sent nothing
	Error      string          `json:"error,omitempty"`
}

// SessionHint is what an agent is told of a configuration link that it asked for.
const SessionHint = "Tell user to go to URL at 'configuration_url' to configure to open configuration. " +
	"Always show the whole URL to the user. The 'configuration_url' expires in 15 minutes."

const successHint = "Format the result in 'result' field to the user. If the user asked for a specific format, respect it"

const actionHint = "Tell user to go to URL at 'action_url' to configure access to '%s'. Then try calling tool again. " +
	"Always show the whole URL to the user. The 'action_url' expires in 15 minutes."

// reasons say why a connection does not do, ahead of what to do about it.
var reasons = map[models.Problem]string{
	models.ProblemRejected:   "The provider refused the stored credentials of '%s'.",
	models.ProblemRevoked:    "The provider says that access to '%s' was revoked or has ended.",
	models.ProblemExpired:    "The access to '%s' has expired and cannot be renewed without the user.",
	models.ProblemUnreadable: "The stored credentials of '%s' can no longer be read.",
}

// problemUnusable is for credentials that were stored and cannot be sent. It is found when they
// are used, and never stored.
const problemUnusable models.Problem = "unusable"

// Reason says in words why a connection needs attention; empty for none.
func Reason(p models.Problem, tool string) string {
	if p == "" {
		return ""
	}
	reason, ok := reasons[p]
	if !ok {
		reason = "The stored credentials of '%s' do not work."
	}
	return fmt.Sprintf(reason, tool)
}

func succeeded(result json.RawMessage) Answer {
	return Answer{Status: StatusSuccess, Hint: successHint, Result: result}
}

func failed(reason, hint string) Answer {
	return Answer{Status: StatusError, Error: reason, Hint: hint}
}

// requiresAction sends the user to the page behind a configuration link.
func requiresAction(tool string, problem models.Problem, url string) Answer {
	hint := fmt.Sprintf(actionHint, tool)
	if reason := Reason(problem, tool); reason != "" {
		hint = reason + " " + hint
	}
	return Answer{Status: StatusRequiresAction, Hint: hint, ActionType: actionConfigure, ActionURL: url}
}

// operatorMustAct is for what the user at hand can do nothing about.
func operatorMustAct(tool, reason string) Answer {
	return failed(reason, fmt.Sprintf("Tell the user that '%s' cannot be used at the moment, because its operator has to set it up. "+
		"There is nothing that the user can do. Do not call it again in this conversation.", tool))
}

// badArguments tells a model what to correct.
func badArguments(err error) Answer {
	return failed("The arguments do not fit the function: "+err.Error(),
		"Correct the arguments as 'error' says and call the function again. Ask the user for what you do not know; do not make it up.")
}

// What is said of a call that changes something and may have done so: a model that calls again, as
// it would after other failures, does it twice.
const (
	unknownEffect = " Whether the call took effect is not known."
	unknownHint   = "Do not simply repeat the call, it may have taken effect. Check the state with another function, if there is one, or tell the user what happened."
)

// unreached is for a call that got no answer. safe says whether it changes nothing.
func unreached(tool string, safe bool, err error) Answer {
	switch {
	case errors.Is(err, ErrPrivateAddress):
		return operatorMustAct(tool, "The address of the tool is private or local, and the tool was not added with --allow-private.")
	case errors.Is(err, ErrTooLarge) && !safe:
		return failed("The answer of the provider is too large."+unknownEffect, unknownHint)
	case errors.Is(err, ErrTooLarge):
		return failed("The answer of the provider is too large.",
			"Call the function again and ask for less, for example with a filter or a smaller page. If that is not possible, tell the user that the answer was too large.")
	case errors.Is(err, ErrRedirect):
		return failed("The provider sent the call to another address, which was not followed.", operatorHint(tool))
	}
	reason := fmt.Sprintf("The provider of '%s' could not be reached.", tool)
	if errors.Is(err, ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
		reason = fmt.Sprintf("The provider of '%s' did not answer in time.", tool)
	}
	switch {
	case safe:
		return failed(reason, laterHint)
	case errors.Is(err, ErrNotSent):
		return failed(reason+" The call was not made.", laterHint)
	}
	return failed(reason+unknownEffect, unknownHint)
}

const laterHint = "Tell the user that the service does not answer at the moment, and offer to try again later."

func operatorHint(tool string) string {
	return fmt.Sprintf("Tell the user that '%s' does not work at the moment and that its operator should look at it.", tool)
}

// refused is for an answer of the provider that is a failure. redact takes out of its words what
// agents must not read.
func refused(tool string, safe bool, r *Response, redact func(string) string) Answer {
	reason := fmt.Sprintf("The provider of '%s' answered with status %d.", tool, r.Status)
	if said := excerpt(redact(errorText(r))); said != "" {
		reason = strings.TrimSuffix(reason, ".") + ": " + said
	}
	if r.Status >= 500 && !safe {
		return failed(strings.TrimSuffix(reason, ".")+"."+unknownEffect, unknownHint)
	}
	return failed(reason, refusedHint(r))
}

func refusedHint(r *Response) string {
	switch {
	case r.Status == 403:
		return "The connected account may not do this. Tell the user so; another account can be connected on the configuration page. Do not repeat the call."
	case r.Status == 404 || r.Status == 410:
		return "What was asked for does not exist. Check the names and ids in the arguments, with another function if there is one, or ask the user."
	case r.Status == 409:
		return "The call conflicts with the state of things at the provider. Look at the current state before another try."
	case r.Status == 429:
		after := "a while"
		if seconds := r.Header.Get("Retry-After"); seconds != "" && len(seconds) < 8 && strings.Trim(seconds, "0123456789") == "" {
			after = seconds + " seconds"
		}
		return "The provider takes no more calls for now. Wait " + after + " before the next one, or tell the user to try again later."
	case r.Status >= 500:
		return "The provider has a fault of its own. Tell the user, and offer to try again later."
	case r.Status >= 400:
		return "The provider did not accept the arguments. Correct them as 'error' says and call again, or ask the user."
	}
	return "The provider gave an answer that is of no use. Tell the user that the function does not work at the moment."
}
