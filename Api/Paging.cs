using System.Globalization;
using System.Text;

namespace Squad.Api;

/// <summary>One page of a list: <c>{"items":[…],"next":"…"}</c>; no <c>next</c> on the last.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Where a page ends: the last item's time and id. Lists are newest first, so what is created meanwhile does not shift the pages after.</summary>
public sealed record PageCursor(DateTimeOffset CreatedAt, string Id)
{
    private const int LimitMax = 200;

    public override string ToString() =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{CreatedAt.ToUnixTimeMilliseconds()} {Id}"))).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>Checks what the client sent; a null cursor is the beginning.</summary>
    public static Result<PageCursor> Parse(string? cursor, int limit)
    {
        if (limit is < 1 or > LimitMax)
            return SquadError.Invalid(new FieldError("limit", "range", $"limit must be 1 to {LimitMax}."));
        if (cursor is null)
            return new PageCursor(DateTimeOffset.MaxValue.AddDays(-1), "\uffff");
        try
        {
            var padded = cursor.Replace('-', '+').Replace('_', '/') + new string('=', (4 - (cursor.Length % 4)) % 4);
            var parts = Encoding.UTF8.GetString(Convert.FromBase64String(padded)).Split(' ', 2);
            if (parts.Length == 2 && long.TryParse(parts[0], CultureInfo.InvariantCulture, out var at) && at is >= 0 and < 253402300800000)
                return new PageCursor(DateTimeOffset.FromUnixTimeMilliseconds(at), parts[1]);
        }
        catch (FormatException)
        {
            // Told below, like any other text that is no cursor.
        }

        return SquadError.Invalid(new FieldError("cursor", "format", "cursor must be the 'next' of an earlier page."));
    }
}
