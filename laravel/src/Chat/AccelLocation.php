<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use Illuminate\Http\Request;
use Illuminate\Http\Response;
use OpenAgents\Runtime\Config\StreamSettings;
use OpenAgents\Runtime\Values\SignedStream;

/**
 * The internal location where nginx carries a stream. The answer names it and brings the signed
 * headers along; nginx sends them to the runtime and shows none of them to the browser.
 */
final class AccelLocation
{
    /** A `fastcgi_param` that nginx sets, and no browser can. */
    private const PARAM = 'OA_RUNTIME_STREAM_LOCATION';
    /** nginx keeps our Cache-Control, and of our type the charset, so that there must be none. */
    private const HEADERS = ['Content-Type' => 'application/json', 'Cache-Control' => 'no-cache, no-transform'];

    private function __construct(private readonly string $location)
    {
    }

    /** Null when PHP is to carry. A server without the location would show the token to the browser. */
    public static function of(Request $request, StreamSettings $settings): ?self
    {
        $location = $request->server->get(self::PARAM);

        return $settings->accel && is_string($location) && $location !== '' ? new self($location) : null;
    }

    public function answer(SignedStream $stream): Response
    {
        $redirect = ['X-Accel-Redirect' => $this->location . $stream->target];

        return new Response('', 200, self::HEADERS + $redirect + $stream->headers);
    }
}
