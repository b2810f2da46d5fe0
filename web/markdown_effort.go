package web

import (
	"errors"
	"strings"
)

var errTooDeep = errors.New("the text is nested too deep")

// What reading Markdown takes grows with the square of some marks in a paragraph, and with the cells
// of a table, of which a row of two bytes can have a thousand. So marks are counted before. A unit is
// about two nanoseconds; the factors were measured with hostile texts.
const (
	// messageEffort is what the texts of a message may take: some 40 ms. Of a text at the limit of the
	// length a third is left for marks, which is a paragraph with a thousand brackets, or a table with
	// 4,000 cells.
	messageEffort = 20_000_000

	byteEffort    = 400  // for each byte; a text whose lines are one letter takes that much
	bracketEffort = 5    // times the square of the brackets in a paragraph
	cellEffort    = 1500 // for each cell that a table may have
	addressEffort = 16   // for each byte of an address that every link to it repeats
	linkBytes     = 200  // that a link has beside its address

	// maxMarkers is how many containers may begin in one line, as in "> > - text".
	maxMarkers = 20
)

// tooMuch is the effort of a text that is not to be read as Markdown at all.
const tooMuch = messageEffort + 1

// markdownEffort tells what reading a text may take at most. What is between empty lines is never
// less than what the reader takes together.
func markdownEffort(source string) int {
	effort, longest := byteEffort*len(source), 0
	var p paragraphMarks
	for line := range strings.Lines(source) {
		longest = max(longest, len(line))
		if leadingMarkers(line) > maxMarkers {
			return tooMuch
		}
		if strings.TrimSpace(line) == "" {
			effort += p.effort()
			p = paragraphMarks{}
			continue
		}
		p.add(line)
	}
	if strings.Contains(source, "]:") { // the definition of an address, whose line may be any
		effort += addressEffort * strings.Count(source, "[") * (linkBytes + min(longest, maxAddress))
	}
	return effort + p.effort()
}

// paragraphMarks is what was counted between two empty lines.
type paragraphMarks struct {
	lines, brackets, delimiters int
	pipes                       int // of the line with the most of them
}

func (p *paragraphMarks) add(line string) {
	pipes := 0
	for i := range len(line) {
		switch line[i] {
		case '[', ']':
			p.brackets++
		case '*', '_', '~', '`', '<', '(':
			p.delimiters++
		case '|':
			pipes++
		}
	}
	p.lines++
	p.pipes = max(p.pipes, pipes)
}

func (p *paragraphMarks) effort() int {
	cells := 0
	if p.pipes > 0 {
		cells = p.lines * (p.pipes + 1)
	}
	return bracketEffort*p.brackets*p.brackets + p.delimiters*p.delimiters + cellEffort*cells
}

// leadingMarkers counts what begins a quote or a list at the beginning of a line.
func leadingMarkers(line string) int {
	markers, digits := 0, false
	for i := range len(line) {
		spaced := i+1 == len(line) || line[i+1] == ' ' || line[i+1] == '\t' || line[i+1] == '\n' || line[i+1] == '\r'
		switch c := line[i]; {
		case c == '>' || spaced && (c == '-' || c == '+' || c == '*' || digits && (c == '.' || c == ')')):
			markers++
			digits = false
		case c >= '0' && c <= '9':
			digits = true
		case c == ' ' || c == '\t':
			digits = false
		default:
			return markers
		}
	}
	return markers
}
