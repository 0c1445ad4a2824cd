package view

import (
	"fmt"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/assets"
)

// shaders are the compiled Kage programs.
type shaders struct {
	corridor, wall, outline, body, spark *ebiten.Shader
	bright, blur, glow, final, native    *ebiten.Shader
	tileFine                             *ebiten.Shader
	tile, panel, pill                    *ebiten.Shader
}

func loadShaders() (*shaders, error) {
	s := &shaders{}
	for name, p := range map[string]**ebiten.Shader{
		"corridor": &s.corridor, "wall": &s.wall, "outline": &s.outline, "body": &s.body, "spark": &s.spark,
		"bright": &s.bright, "blur": &s.blur, "final": &s.final,
		"native": &s.native, "glow": &s.glow, "tilefine": &s.tileFine, "tile": &s.tile, "panel": &s.panel, "pill": &s.pill,
	} {
		src, err := assets.Shaders.ReadFile("shaders/" + name + ".kage")
		if err != nil {
			return nil, fmt.Errorf("read shader %s: %w", name, err)
		}
		if *p, err = ebiten.NewShader(src); err != nil {
			return nil, fmt.Errorf("compile shader %s: %w", name, err)
		}
	}
	return s, nil
}

func (s *shaders) close() {
	for _, p := range []*ebiten.Shader{
		s.corridor, s.wall, s.outline, s.body, s.spark, s.bright, s.blur, s.final,
		s.native, s.glow, s.tileFine, s.tile, s.panel, s.pill,
	} {
		p.Deallocate()
	}
}

type uniforms = map[string]any

var quadIndices = []uint16{0, 1, 2, 1, 2, 3}

// A pen draws rectangles with shaders. It reuses its buffers.
type pen struct {
	vertices [4]ebiten.Vertex
	options  ebiten.DrawTrianglesShaderOptions
}

// quad draws src (in pixels of images[0], or whatever the shader takes) stretched
// over the rectangle to of dst.
func (p *pen) quad(dst *ebiten.Image, to, src rect, s *ebiten.Shader, blend ebiten.Blend, u uniforms, images ...*ebiten.Image) {
	for i := range p.vertices {
		right, down := float64(i&1), float64(i>>1)
		p.vertices[i] = ebiten.Vertex{
			DstX: float32(to.x + right*to.w), DstY: float32(to.y + down*to.h),
			SrcX: float32(src.x + right*src.w), SrcY: float32(src.y + down*src.h),
			ColorR: 1, ColorG: 1, ColorB: 1, ColorA: 1,
		}
	}
	p.options = ebiten.DrawTrianglesShaderOptions{Uniforms: u, Blend: blend}
	copy(p.options.Images[:], images)
	dst.DrawTrianglesShader(p.vertices[:], quadIndices, s, &p.options)
}

// newTexture is an image with a texture of its own, as pictures that are written or
// drawn to in every frame should have.
func newTexture(w, h int) *ebiten.Image {
	return ebiten.NewImageWithOptions(imageRect(w, h), &ebiten.NewImageOptions{Unmanaged: true})
}

// fit makes *img a texture of w x h, keeping it when it is one.
func fit(img **ebiten.Image, w, h int) *ebiten.Image {
	if *img != nil {
		if b := (*img).Bounds(); b.Dx() == w && b.Dy() == h {
			return *img
		}
		(*img).Deallocate()
	}
	*img = newTexture(w, h)
	return *img
}

// drop gives *img back.
func drop(img **ebiten.Image) {
	if *img != nil {
		(*img).Deallocate()
		*img = nil
	}
}

// vec makes a uniform of numbers.
func vec(v ...float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}
