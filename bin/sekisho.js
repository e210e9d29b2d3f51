#!/usr/bin/env node
import '../dist/sekisho.js';
