package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"sessionhub/models"
)

const (
	repeatPause = 100 * time.Millisecond
	repeatWait  = 20 * time.Second // that a repeated request waits for the first one's answer
)

// begin claims the key, or waits for the answer of the request that has it. Where the process died
// that should have written it, a call that does no harm twice is this one's to make.
func (c *call) begin(ctx context.Context) (models.Repeat, bool, error) {
	deadline := c.Now().Add(repeatWait)
	for {
		repeat, first, err := c.Performs.Begin(ctx, c.Who, c.perform, c.Now().Add(c.lease()))
		switch {
		case err != nil || first:
			return repeat, first, err
		case repeat.Digest != c.perform.Digest:
			return repeat, false, ErrOtherArguments
		case repeat.Answer != "":
			return repeat, false, nil
		}
		if !c.Now().Before(repeat.Until) {
			if !isIdempotent(c.function.Call.Method) {
				return repeat, false, nil
			}
			if mine, err := c.Performs.Takeover(ctx, c.Who, c.perform, c.Now().Add(c.lease())); mine || err != nil {
				return repeat, mine, err
			}
		}
		if !c.Now().Before(deadline) {
			return repeat, false, ErrUnderWay
		}
		if err := sleep(ctx, repeatPause); err != nil {
			return repeat, false, err
		}
	}
}

// lease is how long a call may be under way before its process counts as dead.
func (c *call) lease() time.Duration { return c.Limit() + time.Minute }

// repeated returns the first answer, or says that there will be none.
func (c *call) repeated(repeat models.Repeat) (Answer, error) {
	if repeat.Answer == "" {
		return failed("The first request with this Idempotency-Key was interrupted."+unknownEffect,
			"Check with another function, if there is one, whether the call took effect, or ask the user. Only then call again, with a new Idempotency-Key."), nil
	}
	var answer Answer
	if err := json.Unmarshal([]byte(repeat.Answer.Reveal()), &answer); err != nil {
		return answer, fmt.Errorf("decode a stored answer: %w", err)
	}
	return answer, nil
}
