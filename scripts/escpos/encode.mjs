// Reads {"width","height","bits"} from standard input, the bits packed eight a byte in
// base64, and writes {"image","partial","full"}: the bytes that another encoder makes
// of the picture and of the two cuts, in base64. A test of internal/escpos compares.
import {readFileSync} from 'node:fs';
import Encoder from '@point-of-sale/receipt-printer-encoder';

const {width, height, bits} = JSON.parse(readFileSync(0, 'utf8'));
const packed = Buffer.from(bits, 'base64');
const data = new Uint8ClampedArray(width * height * 4);
for (let i = 0; i < width * height; i++) {
  const black = packed[i >> 3] & (0x80 >> (i & 7));
  data.fill(black ? 0 : 255, i * 4, i * 4 + 3);
  data[i * 4 + 3] = 255;
}

const options = {language: 'esc-pos', imageMode: 'raster', columns: 48, feedBeforeCut: 0, feedAfterBlock: false, autoFlush: false};
const encode = (draw) => Buffer.from(draw(new Encoder(options)).encode()).toString('base64');
process.stdout.write(JSON.stringify({
  image: encode((e) => e.image({data, width, height}, {width, height, algorithm: 'threshold', mode: 'raster'})),
  partial: encode((e) => e.cut('partial')),
  full: encode((e) => e.cut('full')),
}));
