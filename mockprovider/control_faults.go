package mockprovider

import (
	"fmt"
	"net/http"

	"github.com/hookrig/hookrig/mockprovider/delivery"
)

func (c *call) listFaults() (answer, error) {
	return answer{http.StatusOK, map[string]any{"faults": c.session.Faults()}}, nil
}

func (c *call) addFault() (answer, error) {
	var fault delivery.Fault
	if err := c.decode(&fault); err != nil {
		return answer{}, err
	}
	added, err := c.session.Fault(fault)
	return answer{http.StatusCreated, added}, err
}

func (c *call) dropFaults() (answer, error) {
	return answer{status: http.StatusNoContent}, c.session.RemoveFault(0)
}

func (c *call) dropFault() (answer, error) {
	id, err := c.number("fault")
	if err == nil && id == 0 {
		err = fmt.Errorf("fault 0: %w", ErrNotFound)
	}
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusNoContent}, c.session.RemoveFault(int(id))
}
