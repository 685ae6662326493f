using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Squad.Platform.Storage;

namespace Squad.Api.Errors;

public static class SquadErrorsExtensions
{
    /// <summary>Bodies that cannot be bound reach the error middleware in every environment, with the reason.</summary>
    public static IServiceCollection AddSquadErrors(this IServiceCollection services) =>
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);

    /// <summary>
    /// Puts the error middleware here; everything added after it is covered: call it first. It brings routing, so that a call of the API which no endpoint
    /// takes is answered as that, and not by a page's catch-all.
    /// </summary>
    public static IApplicationBuilder UseSquadErrors(this IApplicationBuilder app) => app
        .UseMiddleware<SquadErrorMiddleware>()
        .UseRouting()
        .Use(SquadErrorMiddleware.RefuseUnknownAsync);
}

/// <summary>
/// Gives every failed call of the API its body: exceptions, calls that no endpoint answers, and statuses that the framework sets without one.
/// Adds <c>X-Trace-Id</c> to every response. Tells no details of exceptions to clients.
/// </summary>
internal sealed class SquadErrorMiddleware(RequestDelegate next, ILogger<SquadErrorMiddleware> log)
{
    private const int ClientClosedRequest = 499;

    public async Task InvokeAsync(HttpContext context)
    {
        var response = context.Response;
        response.OnStarting(static state =>
        {
            var starting = (HttpContext)state;
            starting.Response.Headers["X-Trace-Id"] = starting.TraceId();
            return Task.CompletedTask;
        }, context);
        try
        {
            await next(context);
            if (IsApi(context.Request.Path) && !response.HasStarted && response.ContentLength is null && response.ContentType is null
                && Bare(context) is { } bare)
                await response.WriteAsync(response.StatusCode, bare, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            if (!response.HasStarted)
                response.StatusCode = ClientClosedRequest;
        }
        catch (Exception problem) when (!response.HasStarted)
        {
            var (status, error) = Failure(problem);
            if (status >= StatusCodes.Status500InternalServerError)
                log.RequestFailed(context.Request.Method, context.Request.Path, problem);
            response.Clear();
            await response.WriteAsync(status, error, context.RequestAborted);
        }
    }

    /// <summary>After routing: a fallback endpoint (the page's) takes no call of the API.</summary>
    public static Task RefuseUnknownAsync(HttpContext context, RequestDelegate next) =>
        IsApi(context.Request.Path) && context.GetEndpoint() is RouteEndpoint { Order: int.MaxValue }
            ? context.Response.WriteAsync(UnknownRoute(context), context.RequestAborted)
            : next(context);

    private static bool IsApi(PathString path) => path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase);

    private static (int Status, SquadError Error) Failure(Exception problem)
    {
        var error = problem switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => s_tooLarge,
            BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => s_media,
            BadHttpRequestException { InnerException: JsonException json } => MalformedJson(json),
            BadHttpRequestException bad => new(ErrorKind.Malformed, "malformed", bad.Message),
            JsonException json => MalformedJson(json),
            _ when StorageErrors.IsFull(problem) =>
                SquadError.Unavailable("storage.full", "The server's disk is full: nothing was changed. Try again when its operator has made room."),
            _ when StorageErrors.IsUnavailable(problem) => SquadError.Unavailable("storage.unavailable", "The server's database does not answer. Try again."),
            OrleansMessageRejectionException => SquadError.Unavailable("silo.unavailable",
                "The silo, which runs sessions and repositories, does not answer; it may be starting again. Sessions go on meanwhile. Try again."),
            TimeoutException => SquadError.Unavailable("timeout", "Something that this call needs did not answer in time. Try again."),
            _ => s_internal,
        };
        return (problem is BadHttpRequestException request ? request.StatusCode : error == s_internal ? 500 : ErrorMapping.StatusOf(error.Kind), error);
    }

    private static SquadError MalformedJson(JsonException json)
    {
        var where = json.LineNumber is { } line ? $" at line {line + 1}, byte {(json.BytePositionInLine ?? 0) + 1}" : "";
        var path = json.Path is { Length: > 0 } found and not "$" ? $" ({found})" : "";
        var error = new SquadError(ErrorKind.Malformed, "malformed", $"The body is not the JSON that this call takes{where}{path}.");
        if (json.Path is not null)
            error = error with { Facts = error.Facts.Add("path", json.Path) };
        if (json.LineNumber is { } number)
            error = error with { Facts = error.Facts.Add("line", $"{number + 1}").Add("byte", $"{(json.BytePositionInLine ?? 0) + 1}") };
        return error;
    }

    private static readonly SquadError s_internal =
        new(ErrorKind.Unavailable, "internal", "Something went wrong on the server. The trace id finds it in the server's log.");

    private static readonly SquadError s_tooLarge = new(ErrorKind.TooLarge, "tooLarge", "The request is larger than what is taken.");

    private static readonly SquadError s_media = new(ErrorKind.Malformed, "media.unsupported", "This call takes a body of type application/json.");

    private static SquadError UnknownRoute(HttpContext context) =>
        SquadError.NotFound("route.unknown", $"There is no {context.Request.Method} {context.Request.Path}.");

    /// <summary>The body for a status that the framework set without one; null if it needs none.</summary>
    private static SquadError? Bare(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest => new(ErrorKind.Malformed, "malformed", "The request cannot be read."),
        StatusCodes.Status401Unauthorized => SquadError.Unauthenticated("auth.missing", "Sign in first."),
        StatusCodes.Status403Forbidden => SquadError.Forbidden("forbidden", "You may not do this."),
        StatusCodes.Status404NotFound => UnknownRoute(context),
        StatusCodes.Status405MethodNotAllowed =>
            new(ErrorKind.Malformed, "method.notAllowed", $"{context.Request.Path} takes {context.Response.Headers.Allow}, not {context.Request.Method}."),
        StatusCodes.Status413PayloadTooLarge => s_tooLarge,
        StatusCodes.Status415UnsupportedMediaType => s_media,
        StatusCodes.Status429TooManyRequests => SquadError.Exhausted("rate.limited", "Too many requests; try again later."),
        _ => null,
    };
}

internal static partial class SquadErrorLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    public static partial void RequestFailed(this ILogger log, string method, string path, Exception problem);
}
