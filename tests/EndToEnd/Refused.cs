using System.Net;
using System.Text;
using System.Text.Json;
using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>What a refusal must look like: <c>{code,message,details,traceId}</c>, and the server goes on.</summary>
internal static class Refused
{
    /// <param name="status">The HTTP status.</param>
    /// <param name="code">What programs match on.</param>
    /// <param name="field">For 422: the field that is named, and with what.</param>
    public static JsonElement With((HttpStatusCode Status, JsonElement Body) answer, int status, string code, (string Name, string Code)? field = null)
    {
        Assert.True((int)answer.Status == status, $"Expected {status} {code}, got {(int)answer.Status} {answer.Body}");
        Assert.Equal(code, answer.Body.GetProperty("code").GetString());
        Assert.NotEmpty(answer.Body.GetProperty("message").GetString()!);
        Assert.NotEmpty(answer.Body.GetProperty("traceId").GetString()!);
        var details = answer.Body.GetProperty("details");
        if (field is not var (name, fieldCode))
            return details;
        var found = details.EnumerateArray().FirstOrDefault(d => d.GetProperty("field").GetString() == name);
        Assert.True(found.ValueKind == JsonValueKind.Object, $"No entry for the field '{name}' in {details}");
        Assert.Equal(fieldCode, found.GetProperty("code").GetString());
        Assert.NotEmpty(found.GetProperty("message").GetString()!);
        return found;
    }

    /// <summary>Sends text as it is, as JSON or as what the type says.</summary>
    public static async Task<(HttpStatusCode Status, JsonElement Body)> SendTextAsync(
        this HttpClient http, HttpMethod method, string path, string? text = null, string type = "application/json", Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (text is not null)
            request.Content = new StringContent(text, Encoding.UTF8, type);
        change?.Invoke(request);
        using var answer = await http.SendAsync(request);
        var body = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, body.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(body));
    }

    public static async Task ServerIsUpAsync(SquadServer server)
    {
        using var http = new HttpClient { BaseAddress = server.Url };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/ready")).StatusCode);
    }
}
