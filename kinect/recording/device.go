package recording

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"cutout/kinect"
	"cutout/kinect/raw"
)

const (
	deviceFile = "device.json"
	maxDevice  = 1 << 20
)

// A device is what fakenect-record 0.6 and later keep of the sensor's calibration
// (libfreenect fakenect/record.c, write_device_info).
type device struct {
	Register   *deviceRegister `json:"reg_info"`
	ConstShift *float64        `json:"const_shift"`
}

type deviceRegister struct {
	AX          int32 `json:"ax"`
	BX          int32 `json:"bx"`
	CX          int32 `json:"cx"`
	DX          int32 `json:"dx"`
	AY          int32 `json:"ay"`
	BY          int32 `json:"by"`
	CY          int32 `json:"cy"`
	DY          int32 `json:"dy"`
	DXStart     int32 `json:"dx_start"`
	DYStart     int32 `json:"dy_start"`
	DXBetaStart int32 `json:"dx_beta_start"`
	DYBetaStart int32 `json:"dy_beta_start"`
	DXBetaInc   int32 `json:"dx_beta_inc"`
	DYBetaInc   int32 `json:"dy_beta_inc"`
	DXDXStart   int32 `json:"dxdx_start"`
	DXDYStart   int32 `json:"dxdy_start"`
	DYDXStart   int32 `json:"dydx_start"`
	DYDYStart   int32 `json:"dydy_start"`
	DXDXDXStart int32 `json:"dxdxdx_start"`
	DYDXDXStart int32 `json:"dydxdx_start"`
	DXDXDYStart int32 `json:"dxdxdy_start"`
	DYDXDYStart int32 `json:"dydxdy_start"`
	DYDYDXStart int32 `json:"dydydx_start"`
	DYDYDYStart int32 `json:"dydydy_start"`

	// What the device says besides; libfreenect does not use it and leaves it out.
	DXCenter    int32 `json:"dx_center"`
	RolloutOff  int32 `json:"rollout_blank"`
	RolloutSize int32 `json:"rollout_size"`
	BackComp1   int32 `json:"back_comp1"`
	BackComp2   int32 `json:"back_comp2"`

	Padding   devicePadding    `json:"pad_info"`
	ZeroPlane *deviceZeroPlane `json:"zero_plane_info"`
}

type devicePadding struct {
	StartLines    uint16 `json:"start_lines"`
	EndLines      uint16 `json:"end_lines"`
	CroppingLines uint16 `json:"cropping_lines"`
}

type deviceZeroPlane struct {
	Emitter   float32 `json:"dcmos_emitter_distance"`
	Colour    float32 `json:"dcmos_rcmos_distance"`
	Reference float32 `json:"reference_distance"`
	Pixel     float32 `json:"reference_pixel_size"`
}

// formatDevice is the text of device.json, which parseDevice reads back exactly; an
// error for a calibration that no sensor has.
func formatDevice(c kinect.Calibration) ([]byte, error) {
	r, z, shift := c.Register, c.ZeroPlane, float64(c.ConstShift)
	b, err := json.MarshalIndent(device{ConstShift: &shift, Register: &deviceRegister{
		AX: r.AX, BX: r.BX, CX: r.CX, DX: r.DX, AY: r.AY, BY: r.BY, CY: r.CY, DY: r.DY,
		DXStart: r.DXStart, DYStart: r.DYStart,
		DXBetaStart: r.DXBetaStart, DYBetaStart: r.DYBetaStart, DXBetaInc: r.DXBetaInc, DYBetaInc: r.DYBetaInc,
		DXDXStart: r.DXDXStart, DXDYStart: r.DXDYStart, DYDXStart: r.DYDXStart, DYDYStart: r.DYDYStart,
		DXDXDXStart: r.DXDXDXStart, DYDXDXStart: r.DYDXDXStart, DXDXDYStart: r.DXDXDYStart,
		DYDXDYStart: r.DYDXDYStart, DYDYDXStart: r.DYDYDXStart, DYDYDYStart: r.DYDYDYStart,
		DXCenter: r.DXCenter, RolloutOff: r.RolloutBlank, RolloutSize: r.RolloutSize, BackComp1: r.BackComp1, BackComp2: r.BackComp2,
		Padding:   devicePadding(c.Padding),
		ZeroPlane: &deviceZeroPlane{z.EmitterDistance, z.ColourDistance, z.ReferenceDistance, z.ReferencePixel},
	}}, "", "    ")
	if err == nil {
		_, err = parseDevice(b)
	}
	if err != nil {
		return nil, fmt.Errorf("the calibration: %w", err)
	}
	return append(b, '\n'), nil
}

// readCalibration reads device.json; without the file it is the default.
func readCalibration(root *os.Root) (kinect.Calibration, error) {
	if _, err := root.Lstat(deviceFile); errors.Is(err, fs.ErrNotExist) {
		return kinect.DefaultCalibration(), nil
	}
	file, err := openRegular(root, deviceFile)
	if err != nil {
		return kinect.Calibration{}, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxDevice+1))
	if err != nil {
		return kinect.Calibration{}, fmt.Errorf("reading: %w", err)
	}
	return parseDevice(b)
}

// parseDevice reads the text of device.json.
func parseDevice(b []byte) (kinect.Calibration, error) {
	var d device
	if len(b) > maxDevice {
		return kinect.Calibration{}, fmt.Errorf("it is longer than %d bytes", maxDevice)
	}
	if err := json.Unmarshal(b, &d); err != nil {
		return kinect.Calibration{}, fmt.Errorf("it is no calibration: %w", err)
	}
	if d.Register == nil || d.Register.ZeroPlane == nil || d.ConstShift == nil {
		return kinect.Calibration{}, errors.New("it lacks reg_info, zero_plane_info or const_shift")
	}
	if s := *d.ConstShift; !(s >= 0 && s <= 0xffff) {
		return kinect.Calibration{}, fmt.Errorf("const_shift is %g, outside 0..65535", s)
	}
	r, z := d.Register, d.Register.ZeroPlane
	c := kinect.Calibration{
		Known: true, ConstShift: int(*d.ConstShift),
		ZeroPlane: kinect.ZeroPlane{
			EmitterDistance: z.Emitter, ColourDistance: z.Colour,
			ReferenceDistance: z.Reference, ReferencePixel: z.Pixel,
		},
		Padding: kinect.Padding(r.Padding),
		Register: kinect.Registration{
			AX: r.AX, BX: r.BX, CX: r.CX, DX: r.DX, DXStart: r.DXStart,
			AY: r.AY, BY: r.BY, CY: r.CY, DY: r.DY, DYStart: r.DYStart,
			DXBetaStart: r.DXBetaStart, DYBetaStart: r.DYBetaStart, DXBetaInc: r.DXBetaInc, DYBetaInc: r.DYBetaInc,
			DXDXStart: r.DXDXStart, DXDYStart: r.DXDYStart, DYDXStart: r.DYDXStart, DYDYStart: r.DYDYStart,
			DXDXDXStart: r.DXDXDXStart, DYDXDXStart: r.DYDXDXStart, DXDXDYStart: r.DXDXDYStart,
			DYDXDYStart: r.DYDXDYStart, DYDYDXStart: r.DYDYDXStart, DYDYDYStart: r.DYDYDYStart,
			DXCenter: r.DXCenter, RolloutBlank: r.RolloutOff, RolloutSize: r.RolloutSize, BackComp1: r.BackComp1, BackComp2: r.BackComp2,
		},
	}
	return c, raw.CheckZeroPlane(c.ZeroPlane)
}
