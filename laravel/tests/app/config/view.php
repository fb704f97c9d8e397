<?php

declare(strict_types=1);

return ['paths' => [], 'compiled' => (string) getenv('OA_LARAVEL_HOME')];
