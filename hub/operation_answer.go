package hub

import (
	"mime"
	"slices"
	"strings"
)

const (
	maxResponses = 200 // of an operation, and media types of one; no real one comes near
	maxAccepted  = 5   // media types in the header Accept
)

// accept lists the media types of the answers that tell of success, JSON first.
func (c *compiler) accept(op *operation) string {
	responses := treeAt(op.source, "responses")
	var accepted []string
	for _, status := range keysUpTo(maxResponses, responses) {
		if strings.HasPrefix(status, "2") {
			accepted = append(accepted, c.answerTypes(responses[status])...)
		}
	}
	if len(accepted) == 0 {
		accepted = c.answerTypes(responses["default"])
	}
	slices.SortStableFunc(accepted, func(a, b string) int {
		switch {
		case isJSON(a) == isJSON(b):
			return 0
		case isJSON(a):
			return -1
		}
		return 1
	})
	var distinct []string
	for _, mediaType := range accepted {
		if !slices.Contains(distinct, mediaType) && len(distinct) < maxAccepted {
			distinct = append(distinct, mediaType)
		}
	}
	return strings.Join(distinct, ", ")
}

// answerTypes lists the well-formed media types of one answer.
func (c *compiler) answerTypes(v any) []string {
	response, _ := c.doc.deref(v)
	var types []string
	for _, name := range keysUpTo(maxResponses, treeAt(response, "content")) {
		mediaType, _, err := mime.ParseMediaType(name)
		if err == nil && strings.Contains(mediaType, "/") && len(mediaType) <= maxNameLength {
			types = append(types, mediaType)
		}
	}
	return types[:min(len(types), maxAccepted)]
}
