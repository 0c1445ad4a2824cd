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
	Register *struct {
		AX, BX, CX, DX int32
		AY, BY, CY, DY int32
		DXStart        int32 `json:"dx_start"`
		DYStart        int32 `json:"dy_start"`
		DXBetaStart    int32 `json:"dx_beta_start"`
		DYBetaStart    int32 `json:"dy_beta_start"`
		DXBetaInc      int32 `json:"dx_beta_inc"`
		DYBetaInc      int32 `json:"dy_beta_inc"`
		DXDXStart      int32 `json:"dxdx_start"`
		DXDYStart      int32 `json:"dxdy_start"`
		DYDXStart      int32 `json:"dydx_start"`
		DYDYStart      int32 `json:"dydy_start"`
		DXDXDXStart    int32 `json:"dxdxdx_start"`
		DYDXDXStart    int32 `json:"dydxdx_start"`
		DXDXDYStart    int32 `json:"dxdxdy_start"`
		DYDXDYStart    int32 `json:"dydxdy_start"`
		DYDYDXStart    int32 `json:"dydydx_start"`
		DYDYDYStart    int32 `json:"dydydy_start"`
		Padding        struct {
			StartLines    uint16 `json:"start_lines"`
			EndLines      uint16 `json:"end_lines"`
			CroppingLines uint16 `json:"cropping_lines"`
		} `json:"pad_info"`
		ZeroPlane *struct {
			Emitter   float32 `json:"dcmos_emitter_distance"`
			Colour    float32 `json:"dcmos_rcmos_distance"`
			Reference float32 `json:"reference_distance"`
			Pixel     float32 `json:"reference_pixel_size"`
		} `json:"zero_plane_info"`
	} `json:"reg_info"`
	ConstShift *float64 `json:"const_shift"`
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
		},
	}
	return c, raw.CheckZeroPlane(c.ZeroPlane)
}
