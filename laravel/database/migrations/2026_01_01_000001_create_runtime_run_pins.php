<?php

declare(strict_types=1);

use Illuminate\Database\Migrations\Migration;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Support\Facades\Schema;

return new class () extends Migration {
    public function up(): void
    {
        Schema::create('runtime_run_pins', function (Blueprint $table): void {
            $table->string('run_id', 200)->primary();
            $table->string('thread_id', 200);
            $table->string('message_id', 200);
            $table->string('trigger', 32);
            $table->string('principal', 220);
            $table->string('driver', 16);
            $table->string('fallback_reason', 32)->nullable();
            $table->dateTime('created_at');
            $table->string('starter', 36)->nullable();
            $table->dateTime('starting_until')->nullable();
            $table->dateTime('started_at')->nullable();
            $table->dateTime('ended_at')->nullable();
            $table->unique(['thread_id', 'message_id', 'trigger'], 'runtime_run_pins_message');
            $table->index(['thread_id', 'ended_at'], 'runtime_run_pins_open');
        });
    }

    public function down(): void
    {
        Schema::dropIfExists('runtime_run_pins');
    }
};
