package raw_test

import (
	"fmt"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// depthPackets are the packets of a frame of depth whose codes are all 0.
func depthPackets(seq byte) [][]byte {
	layout := raw.LayoutOfDepth(kinect.Depth11Bit)
	packets := make([][]byte, layout.Packets())
	for i := range packets {
		packets[i] = make([]byte, layout.PacketLength(i))
		layout.PutHeader(packets[i], i, seq+byte(i), 2_002_155)
	}
	return packets
}

// A frame of depth arrives in 242 packets, one of which is lost. A driver that knows the
// packets' lengths passes them on; one that does not leaves them out.
func ExampleReceiver() {
	receiver := raw.NewDepthReceiver(kinect.Depth11Bit)
	developer := raw.NewDeveloper(kinect.DefaultCalibration())
	for i, packet := range depthPackets(0) {
		read := raw.Read{Stream: raw.DepthStream, At: time.Now(), Bytes: packet, Lengths: []int{len(packet)}}
		if i == 100 {
			read.Bytes, read.Lengths = nil, []int{-1} // it failed
		}
		receiver.Add(read, func(image kinect.Image) {
			distances, _ := developer.Depth(image.Depth)
			fmt.Println("lost", image.Depth.LostPackets, "packet, rows", image.Depth.Lost)
			fmt.Println("a pixel that came:", distances[0], "mm; one that did not:", distances[640*199], "mm")
		})
	}
	fmt.Println(receiver.Counters().LostPackets, "packet lost in all")
	// Output:
	// lost 1 packet, rows [{198 201}]
	// a pixel that came: 317 mm; one that did not: 0 mm
	// 1 packet lost in all
}

// An Assembler gives the bytes of frames as they were sent: nothing is unpacked.
func ExampleAssembler() {
	assembler := raw.NewAssembler(raw.LayoutOfDepth(kinect.Depth11Bit))
	for i, packet := range depthPackets(0) {
		if i == 100 {
			continue
		}
		if frame, ok := assembler.Add(packet); ok {
			fmt.Println(len(frame.Bytes), "bytes at", frame.Clock, "ticks, without", frame.Missing)
		}
	}
	// Output:
	// 422400 bytes at 2002155 ticks, without [{174800 176548}]
}

// Millimetres of each disparity code, with the constants that sensors agree on.
func ExampleDistance() {
	calibration := kinect.DefaultCalibration()
	for _, code := range []uint16{600, 800, 1000, 1054, 1090, kinect.NoDisparity} {
		fmt.Println(code, "is", raw.Distance(calibration, code), "mm")
	}
	// Output:
	// 600 is 705 mm
	// 800 is 1193 mm
	// 1000 is 3864 mm
	// 1054 is 9757 mm
	// 1090 is 0 mm
	// 2047 is 0 mm
}

// Depth laid on the colour camera's grid, and the picture that lies there.
func ExampleDeveloper() {
	calibration := kinect.DefaultCalibration()
	calibration.Register.DXStart = 256 * 1 << 8 // all that a device says here; this one moves depth by 256 columns
	developer := raw.NewDeveloper(calibration)

	codes := make([]uint16, kinect.Width*kinect.Height)
	for i := range codes {
		codes[i] = 800 // 1193 mm, next to the reference plane: no parallax
	}
	distances, registered := developer.Depth(&kinect.DepthFrame{Codes: codes})
	fmt.Println("registered", registered, "- left edge", distances[240*640+100], "mm, middle", distances[240*640+320], "mm")

	mosaic := make([]byte, kinect.Width*kinect.Height) // black
	picture := developer.Colour(&kinect.VideoFrame{Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height, Pixels: mosaic})
	fmt.Println("colour", picture.Rect.Max, picture.SubsampleRatio, "- luma of black", picture.Y[0])
	// Output:
	// registered true - left edge 0 mm, middle 1193 mm
	// colour (640,480) YCbCrSubsampleRatio420 - luma of black 16
}

// What a driver writes to begin, and to change to infrared.
func ExampleStartVideo() {
	for _, s := range append(raw.StopVideo(), raw.StartVideo(kinect.VideoInfrared)...) {
		fmt.Printf("%#04x = %d\n", uint16(s.Parameter), s.Value)
	}
	fmt.Printf("the last as it goes out: % x\n", raw.SetParameter(raw.ParamInfraredMirror, 0).Encode(7))
	// Output:
	// 0x0005 = 0
	// 0x0019 = 0
	// 0x001a = 1
	// 0x001b = 30
	// 0x0105 = 0
	// 0x0005 = 3
	// 0x0048 = 0
	// the last as it goes out: 47 4d 02 00 03 00 07 00 48 00 00 00
}
