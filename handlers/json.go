package handlers

import (
	"strconv"
	"time"
	"unicode/utf8"

	"sessionhub/models"
)

// timeLayout is how times are written: UTC, milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

func formatOptionalTime(t *time.Time) *string {
	if t == nil {
		return nil
	}
	text := formatTime(*t)
	return &text
}

// appendSessionHead writes a SessionDTO up to its messages; appendSessionTail the rest. All
// keys are always there.
func appendSessionHead(dst []byte, m *models.Session) []byte {
	dst = appendString(append(dst, `{"id":`...), m.ID)
	dst = appendString(append(dst, `,"agentId":`...), m.AgentID)
	dst = appendOptional(append(dst, `,"userName":`...), (*string)(m.UserName))
	dst = appendOptional(append(dst, `,"userEmail":`...), (*string)(m.UserEmail))
	dst = appendOptional(append(dst, `,"acceptTerms":`...), m.AcceptTerms)
	return append(dst, `,"messages":`...)
}

func appendSessionTail(dst []byte, m *models.Session) []byte {
	dst = appendCount(append(dst, `,"promptTokens":`...), m.PromptTokens)
	dst = appendCount(append(dst, `,"completionTokens":`...), m.CompletionTokens)
	dst = m.CreatedAt.AppendFormat(append(dst, `,"createdAt":"`...), timeLayout)
	dst = m.UpdatedAt.AppendFormat(append(dst, `","updatedAt":"`...), timeLayout)
	dst = appendOptional(append(dst, `","finalizedAt":`...), m.FinalizedAt)
	return append(dst, '}')
}

func appendCount(dst []byte, n *int64) []byte {
	if n == nil {
		return append(dst, "null"...)
	}
	return strconv.AppendInt(dst, *n, 10)
}

func appendOptional(dst []byte, s *string) []byte {
	if s == nil {
		return append(dst, "null"...)
	}
	return appendString(dst, *s)
}

func appendString(dst []byte, s string) []byte {
	return append(appendEscaped(append(dst, '"'), s), '"')
}

const hexDigits = "0123456789abcdef"

// appendEscaped writes s as it stands inside a JSON string (RFC 8259, section 7), so that a
// long text can be written in parts. Bytes that are not UTF-8 become U+FFFD.
func appendEscaped(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= ' ' && b != '"' && b != '\\' && b < utf8.RuneSelf {
			i++
			continue
		}
		if b >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size != 1 {
				i += size
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, b)
		i++
		start = i
	}
	return append(dst, s[start:]...)
}

func appendEscape(dst []byte, b byte) []byte {
	switch b {
	case '"', '\\':
		return append(dst, '\\', b)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if b >= utf8.RuneSelf {
		return append(dst, `\ufffd`...)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
}
