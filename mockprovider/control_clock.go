package mockprovider

import (
	"context"
	"fmt"
	"net/http"
)

func (c *call) getClock() (answer, error) { return answer{http.StatusOK, c.session.Clock()}, nil }

func (c *call) setClock() (answer, error) {
	var body struct {
		Frozen *bool    `json:"frozen"`
		Speed  *float64 `json:"speed"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	if body.Speed != nil {
		if err := c.session.SetSpeed(*body.Speed); err != nil {
			return answer{}, err
		}
	}
	if body.Frozen != nil {
		c.session.Freeze(*body.Frozen)
	}
	return c.getClock()
}

func (c *call) advanceClock() (answer, error) {
	var body struct {
		By string `json:"by"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	by, err := span("by", body.By)
	if err != nil {
		return answer{}, err
	}
	if by == 0 {
		return answer{}, fmt.Errorf("%w: by: say how far, such as 72h", ErrInvalid)
	}
	ctx, cancel := context.WithTimeout(c.Context(), longestWait)
	defer cancel()
	if err := c.session.Advance(ctx, by); err != nil {
		return answer{}, err
	}
	return c.getClock()
}
