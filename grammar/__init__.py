"""The grammar of the language, shipped as data: `matcalc.lark`."""
