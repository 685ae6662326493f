using System.Collections.Immutable;
using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Squad.Api.Errors;

/// <summary>The body of every error of the native API.</summary>
/// <param name="Code">Stable and dotted; what programs match on.</param>
/// <param name="Message">For people.</param>
/// <param name="Details">For 422 an array of <c>{field, code, message}</c>; else an object of facts, or null.</param>
/// <param name="TraceId">Finds the request in log and traces; also in the header <c>X-Trace-Id</c>.</param>
public sealed record ErrorBody(string Code, string Message, object? Details, string TraceId);

/// <summary>The one place where <see cref="SquadError"/> becomes HTTP.</summary>
public static class ErrorMapping
{
    /// <summary>A fact of this name, in whole seconds, becomes the header <c>Retry-After</c>.</summary>
    public const string RetryAfterFact = "retryAfter";

    public static int StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.Malformed => StatusCodes.Status400BadRequest,
        ErrorKind.Unauthenticated => StatusCodes.Status401Unauthorized,
        ErrorKind.Forbidden => StatusCodes.Status403Forbidden,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.Conflict => StatusCodes.Status409Conflict,
        ErrorKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorKind.Invalid => StatusCodes.Status422UnprocessableEntity,
        ErrorKind.Exhausted => StatusCodes.Status429TooManyRequests,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A new kind of error needs its HTTP status here."),
    };

    /// <summary>The error as the answer of an endpoint.</summary>
    public static IResult ToHttp(this SquadError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new ErrorResult(error);
    }

    /// <summary>The value through <paramref name="answer"/>, or the error.</summary>
    public static IResult ToHttp<T>(this Result<T> result, Func<T, IResult> answer)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(answer);
        return result.IsOk ? answer(result.Value) : result.Error.ToHttp();
    }

    /// <summary>204, or the error.</summary>
    public static IResult ToHttp(this Result result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.IsOk ? TypedResults.NoContent() : result.Error.ToHttp();
    }

    /// <summary>Writes the error as the response, which must not have started.</summary>
    public static Task WriteAsync(this HttpResponse response, SquadError error, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(error);
        return response.WriteAsync(StatusOf(error.Kind), error, cancellation);
    }

    /// <summary>The same with a status that no <see cref="ErrorKind"/> stands for (405, 415, 500).</summary>
    internal static Task WriteAsync(this HttpResponse response, int status, SquadError error, CancellationToken cancellation)
    {
        response.StatusCode = status;
        if (error.Facts.TryGetValue(RetryAfterFact, out var seconds) && int.TryParse(seconds, CultureInfo.InvariantCulture, out _))
            response.Headers.RetryAfter = seconds;
        response.Headers.CacheControl = "no-store";
        return response.WriteAsJsonAsync(BodyOf(error, response.HttpContext.TraceId()), ErrorJson.Options, "application/json", cancellation);
    }

    internal static ErrorBody BodyOf(SquadError error, string traceId) =>
        new(error.Code, error.Message, Details(error), traceId);

    private static object? Details(SquadError error) =>
        !error.Fields.IsDefaultOrEmpty ? error.Fields : error.Facts.IsEmpty ? null : Facts(error.Facts);

    /// <summary>Facts that are whole numbers are numbers in JSON.</summary>
    private static SortedDictionary<string, object> Facts(ImmutableDictionary<string, string> facts) => new(
        facts.ToDictionary(f => f.Key, f => long.TryParse(f.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? (object)number : f.Value),
        StringComparer.Ordinal);

    private sealed class ErrorResult(SquadError error) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => StatusOf(error.Kind);

        public Task ExecuteAsync(HttpContext httpContext) => httpContext.Response.WriteAsync(error, httpContext.RequestAborted);
    }
}
