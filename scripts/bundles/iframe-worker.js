// Lets the theme's search run where pages are opened from a folder.
import "iframe-worker/shim";
