// Package chart draws bars as SVG.
package chart
