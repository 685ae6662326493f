using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

internal sealed partial class Activation
{
    object? ITargetHolder.GetTarget() => _instance;

    private async Task ActivateAsync()
    {
        CancellationTokenSource? timeout = null;
        try
        {
            _instance = _class.CreateInstance(this);
            if (_lifecycle is not null || _class.OverridesActivate)
            {
                timeout = new CancellationTokenSource(Runtime.Collection.ActivationTimeout, Runtime.Clock.Provider);
                // A grain that ignores its token fails too: nobody would ever hear of it otherwise.
                await StartInstance(timeout.Token).WaitAsync(timeout.Token);
            }
            lock (this) _state = State.Active;
            OnUsed();
        }
        catch (Exception error)
        {
            if (timeout is { IsCancellationRequested: true } && error is OperationCanceledException)
                error = new TimeoutException($"{GrainId} was not active within {Runtime.Collection.ActivationTimeout}.", error);
            RuntimeLog.ActivationFailed(Runtime.Logger, GrainId, error);
            await EndAsync(new DeactivationReason(DeactivationReasonCode.ActivationFailed, error, "Activation failed."), error);
        }
        finally
        {
            timeout?.Dispose();
        }
    }

    private async Task StartInstance(CancellationToken cancellationToken)
    {
        if (_lifecycle is not null) await _lifecycle.StartAsync(cancellationToken);
        if (_instance is IGrainBase grain) await grain.OnActivateAsync(cancellationToken);
    }

    private async Task DeactivateAsync()
    {
        DisposeTimers();
        CancellationTokenSource? timeout = null;
        try
        {
            if (_lifecycle is not null || _class.OverridesDeactivate)
            {
                timeout = new CancellationTokenSource(Runtime.Collection.DeactivationTimeout, Runtime.Clock.Provider);
                await StopInstance(timeout.Token).WaitAsync(timeout.Token);
            }
        }
        catch (Exception error)
        {
            RuntimeLog.DeactivationFailed(Runtime.Logger, GrainId, error);
        }
        finally
        {
            timeout?.Dispose();
        }
        await EndAsync(_reason, null);
    }

    private async Task StopInstance(CancellationToken cancellationToken)
    {
        try
        {
            if (_instance is IGrainBase grain) await grain.OnDeactivateAsync(_reason, cancellationToken);
        }
        finally
        {
            if (_lifecycle is not null) await _lifecycle.StopAsync(cancellationToken);
        }
    }

    private async Task EndAsync(DeactivationReason reason, Exception? failed)
    {
        DisposeTimers();
        try
        {
            if (_instance is IAsyncDisposable asyncDisposable) await asyncDisposable.DisposeAsync();
            else if (_instance is IDisposable disposable) disposable.Dispose();
            if (_scope is IAsyncDisposable asyncScope) await asyncScope.DisposeAsync();
            else _scope?.Dispose();
        }
        catch (Exception error)
        {
            RuntimeLog.DeactivationFailed(Runtime.Logger, GrainId, error);
        }
        // First out of the directory, so that what is redirected finds the next activation and not this one.
        _directory.Remove(this);
        TaskCompletionSource? ended;
        lock (this)
        {
            _state = State.Ended;
            ended = _ended;
        }
        if (failed is null) CloseAndRedirect();
        else CloseAndFail(failed);
        RuntimeLog.Deactivated(Runtime.Logger, GrainId, reason.ReasonCode, reason.Description);
        ended?.SetResult();
    }

    private void DisposeTimers()
    {
        IDisposable[] timers;
        lock (this)
        {
            if (_timers is null) return;
            timers = [.. _timers];
            _timers = null;
        }
        foreach (var timer in timers) timer.Dispose();
    }
}
