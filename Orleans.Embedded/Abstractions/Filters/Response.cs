using System.Runtime.ExceptionServices;

namespace Orleans.Serialization.Invocation;

/// <summary>A call's answer: a result, an exception, or nothing.</summary>
public abstract class Response : IDisposable
{
    public static Response Completed => CompletedResponse.Instance;
    public abstract object? Result { get; set; }
    public abstract Exception? Exception { get; set; }

    public static Response FromException(Exception exception) => new ExceptionResponse(exception);
    public static Response FromResult<TResult>(TResult value) => new Response<TResult> { TypedResult = value };

    /// <exception cref="InvalidCastException">The result is of another type.</exception>
    public abstract T GetResult<T>();
    public virtual Type? GetSimpleResultType() => null;
    public abstract void Dispose();
}

/// <summary>An answer with a result.</summary>
public sealed class Response<TResult> : Response
{
    public TResult? TypedResult { get; set; }

    public override object? Result
    {
        get => TypedResult;
        set => TypedResult = (TResult?)value;
    }

    public override Exception? Exception
    {
        get => null;
        set => throw new InvalidOperationException("This answer is a result: make another one with Response.FromException.");
    }

    public override T GetResult<T>() => TypedResult switch
    {
        T result => result,
        null when default(T) is null => default!,
        var other => throw new InvalidCastException($"The call answers with {typeof(T)}, not with {other?.GetType().ToString() ?? "null"}."),
    };

    public override Type GetSimpleResultType() => typeof(TResult);
    public override string ToString() => TypedResult?.ToString() ?? "null";

    public override void Dispose()
    {
    }
}

internal sealed class CompletedResponse : Response
{
    public static readonly CompletedResponse Instance = new();

    public override object? Result
    {
        get => null;
        set => throw new InvalidOperationException("This answer has no result: make another one with Response.FromResult.");
    }

    public override Exception? Exception
    {
        get => null;
        set => throw new InvalidOperationException("This answer has no exception: make another one with Response.FromException.");
    }

    public override T GetResult<T>() => default!;
    public override string ToString() => "done";

    public override void Dispose()
    {
    }
}

internal sealed class ExceptionResponse(Exception exception) : Response
{
    public override Exception? Exception { get; set; } = exception;

    public override object? Result
    {
        get => Throw<object>();
        set => throw new InvalidOperationException("This answer is an exception: make another one with Response.FromResult.");
    }

    public override T GetResult<T>() => Throw<T>();
    public override string ToString() => Exception?.ToString() ?? "";

    public override void Dispose()
    {
    }

    private T Throw<T>()
    {
        ExceptionDispatchInfo.Throw(Exception!);
        return default;
    }
}
