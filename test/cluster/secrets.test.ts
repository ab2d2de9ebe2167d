/** What people read and send on holds no secret. */
import assert from 'node:assert/strict';
import { maskedUrl, redact } from '../../src/cluster/secrets.ts';

describe('secrets', () => {
  it('are left out, whatever they look like', () => {
    for (const secret of [
      'Bearer tOpS3cret.x-y',
      'authorization: Basic dG9wUzNjcmV0',
      'eyJhbGciOiJub25lIn0.tOpS3cret.',
      'sha256~tOpS3cret_x',
      'k8s-aws-v1.tOpS3cret',
      'ya29.tOpS3cret-x',
      'ghp_tOpS3cret',
      '--token=tOpS3cret',
      'https://x/?access_token=tOpS3cret&y=1',
      '{"id_token": "tOpS3cret"}',
      'https://user:tOp@S3cret@host/x',
      'https://tOpS3cret@host',
    ])
      assert.doesNotMatch(redact(`it said ${secret} and ended`), /S3cret|UzNjcmV0/, secret);
    assert.equal(redact('the secret abcd was refused', ['abcd']), 'the secret … was refused');
  });
  it('are all that is left out', () => {
    for (const text of [
      'secret "db" not found',
      'oauth2: cannot fetch token: 400 Bad Request',
      'image docker.io/library/x@sha256:0123 was not found',
      'https://host/a@b',
    ])
      assert.equal(redact(text), text);
  });
  it('of a proxy’s URL: the password', () => {
    assert.equal(maskedUrl(new URL('http://me:p%40ss@proxy:3128/')), 'http://me:…@proxy:3128');
    assert.equal(maskedUrl(new URL('http://%FF:x@proxy')), 'http://%FF:…@proxy');
    assert.equal(maskedUrl(new URL('socks5://proxy:1080')), 'socks5://proxy:1080');
  });
});
