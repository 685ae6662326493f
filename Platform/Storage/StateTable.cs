using System.Text.Json;
using System.Text.RegularExpressions;

namespace Squad.Platform.Storage;

/// <summary>The table of one state type, and which of its columns come from where. Made by <c>AddStateTable</c>.</summary>
public abstract partial class StateTable(Type state, string table)
{
    private static readonly string[] Own = ["id", "data", "version"];

    public Type State { get; } = state;

    public string Table { get; } = Identifier(table);

    /// <summary>A mapping for states of type <typeparamref name="TState"/>.</summary>
    public static StateTable Of<TState>(string table, Func<TState, (string Column, object? Value)[]> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new Typed<TState>(table, columns);
    }

    /// <summary>The state's own columns, with values as the database takes them.</summary>
    internal abstract (string Column, object? Value)[] ColumnsOf(object state);

    // Names go into SQL as they are; they come from code, and this keeps it so.
    private static string Identifier(string name) =>
        IdentifierPattern().IsMatch(name) ? name : throw new ArgumentException($"'{name}' is not a table or column name: use lower-case letters, digits and _.");

    private static object? Stored(object? value) => value switch
    {
        DateTimeOffset time => time.ToUnixTimeMilliseconds(),
        Enum name => JsonNamingPolicy.CamelCase.ConvertName(name.ToString()),
        Guid id => id.ToString("N"),
        null or string or bool or int or long or double => value,
        _ => throw new ArgumentException($"A column cannot hold a {value.GetType()}."),
    };

    [GeneratedRegex("^[a-z_][a-z0-9_]*$")]
    private static partial Regex IdentifierPattern();

    private sealed class Typed<TState>(string table, Func<TState, (string Column, object? Value)[]> columns) : StateTable(typeof(TState), table)
    {
        private string[]? _names;

        internal override (string Column, object? Value)[] ColumnsOf(object state)
        {
            var values = columns((TState)state);
            _names ??= Checked(values);
            if (!values.Select(value => value.Column).SequenceEqual(_names))
                throw new InvalidOperationException($"The columns of {Table} differ from one state to another; they were {string.Join(", ", _names)}.");
            return Array.ConvertAll(values, value => (value.Column, Stored(value.Value)));
        }

        private static string[] Checked((string Column, object? Value)[] values)
        {
            var names = Array.ConvertAll(values, value => Identifier(value.Column));
            if (names.Intersect(Own).FirstOrDefault() is { } own)
                throw new ArgumentException($"The column {own} is the storage's own.");
            return names;
        }
    }
}
