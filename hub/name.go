package hub

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"sessionhub/models"
)

const (
	maxFunctionName = 64 // characters; what OpenAI, Anthropic and Gemini all take
	maxArgumentName = 64 // characters; Anthropic's limit
	nameHashDigits  = 8
)

// nameEnd is "_" and the hash at the end of a name that was cut.
const nameEnd = 1 + nameHashDigits

var (
	operationName = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)
	argumentName  = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,64}$`)
	notInName     = regexp.MustCompile(`[^a-zA-Z0-9-]+`)
	notInArgument = regexp.MustCompile(`[^a-zA-Z0-9.-]+`)
	notInToolName = regexp.MustCompile(`[^a-z0-9]+`)
	apostrophe    = strings.NewReplacer("'", "", "’", "")
)

// toolNameOf makes a tool's name of a document's title; empty when nothing of it can stay.
func toolNameOf(title string) string {
	name := notInToolName.ReplaceAllString(strings.ToLower(cutProse(apostrophe.Replace(title), 200)), "-")
	name = strings.TrimLeft(name, "-0123456789")
	if len(name) > models.MaxToolName {
		name = name[:models.MaxToolName]
	}
	return strings.TrimRight(name, "-")
}

// shapeName is an operation's name with signs that every provider takes.
func shapeName(text string) string {
	return strings.Trim(notInName.ReplaceAllString(apostrophe.Replace(text), "_"), "_")
}

// nameOperations gives every operation of the document its function's name, whether it is
// offered or not: so a name does not depend on what else is chosen, nor on the order.
func nameOperations(tool string, operations []*operation) {
	room := maxFunctionName - len(models.FunctionName(tool, ""))
	verbatim := map[*operation]bool{}
	uses := map[string]int{}
	for _, op := range operations {
		op.shaped = shapeName(op.id)
		if verbatim[op] = operationName.MatchString(op.id) && len(op.id) <= room; verbatim[op] {
			op.shaped = op.id
		}
		if op.id == "" || op.shaped == "" {
			op.shaped = shapeName(strings.ToLower(op.method) + "_" + op.path)
		}
		uses[op.shaped]++
	}
	for _, op := range operations {
		name := op.shaped
		if !verbatim[op] && (uses[name] > 1 || len(name) > room) {
			name, op.renamed = cutName(name, op.identity(), room), true
		}
		op.name = models.FunctionName(tool, name)
	}
}

// cutName makes room for a hash, which keeps names apart that begin alike.
func cutName(name, identity string, room int) string {
	sum := sha256.Sum256([]byte(identity))
	if len(name) > room-nameEnd {
		name = name[:room-nameEnd]
	}
	return strings.TrimRight(name, "_-") + "_" + hex.EncodeToString(sum[:])[:nameHashDigits]
}

// shapeArgument is an argument's name with signs that every provider takes.
func shapeArgument(text string) string {
	if len(text) > maxArgumentName {
		text = text[:maxArgumentName]
	}
	if name := strings.Trim(notInArgument.ReplaceAllString(text, "_"), "_"); name != "" {
		return name
	}
	return "argument"
}

// nameArguments gives each its own name: what already fits keeps it, names that stand in two
// places say where, and the rest are counted.
func nameArguments(list []*argument) {
	uses := map[string]int{}
	for _, a := range list {
		uses[a.wanted]++
	}
	taken := map[string]bool{}
	var shaped []*argument
	for _, a := range list {
		a.name = a.wanted
		if uses[a.wanted] > 1 {
			a.name = a.wanted + "_" + a.place
		}
		if !argumentName.MatchString(a.name) || taken[a.name] {
			shaped = append(shaped, a)
			continue
		}
		taken[a.name] = true
	}
	last := map[string]int{} // number of each name
	for _, a := range shaped {
		base := shapeArgument(a.name)
		a.name = base
		for n := max(2, last[base]+1); taken[a.name]; n++ {
			last[base] = n
			number := "_" + strconv.Itoa(n)
			a.name = base[:min(len(base), maxArgumentName-len(number))] + number
		}
		taken[a.name] = true
	}
}
