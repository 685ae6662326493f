using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Squad.Api.Errors;

internal static class ErrorJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web);

    /// <summary>The W3C trace id where there is a trace, else the server's own id of the request.</summary>
    public static string TraceId(this HttpContext context) => Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
}
