using System.Data.Common;

namespace Squad.Platform.Storage;

/// <summary>Where one state is kept, and the SQL for it. Names come from <see cref="StateTable"/>, which lets only identifiers through.</summary>
/// <param name="Table">The state type's own table, or <c>grain_states</c>.</param>
/// <param name="Type">Part of the key in <c>grain_states</c>; null elsewhere.</param>
/// <param name="Id">The grain's key.</param>
internal readonly record struct StateRow(string Table, string? Type, string Id)
{
    private const string Shared = "grain_states";

    private string Key => Type is null ? "id = @id" : "type = @type AND id = @id";

    public static StateRow InSharedTable(string type, string id) => new(Shared, type, id);

    public DbCommand Select(DbConnection connection) =>
        Command(connection, $"SELECT version, data FROM {Table} WHERE {Key}");

    public DbCommand Insert(DbConnection connection, string data, string json, long version, (string Column, object? Value)[] columns)
    {
        var names = string.Concat(columns.Select(column => $", {column.Column}"));
        var values = string.Concat(columns.Select(column => $", @{column.Column}"));
        var (typeName, typeValue) = Type is null ? ("", "") : ("type, ", "@type, ");
        var command = Command(connection, $"INSERT INTO {Table} ({typeName}id, data, version{names}) VALUES ({typeValue}@id, {json}, @version{values}) ON CONFLICT DO NOTHING");
        Fill(command, data, version, columns);
        return command;
    }

    public DbCommand Update(DbConnection connection, string data, string json, long version, long found, (string Column, object? Value)[] columns)
    {
        var sets = string.Concat(columns.Select(column => $", {column.Column} = @{column.Column}"));
        var command = Command(connection, $"UPDATE {Table} SET data = {json}, version = @version{sets} WHERE {Key} AND version = @found");
        Fill(command, data, version, columns);
        command.AddParameter("found", found);
        return command;
    }

    public DbCommand Delete(DbConnection connection, long found)
    {
        var command = Command(connection, $"DELETE FROM {Table} WHERE {Key} AND version = @found");
        command.AddParameter("found", found);
        return command;
    }

    private static void Fill(DbCommand command, string data, long version, (string Column, object? Value)[] columns)
    {
        command.AddParameter("data", data);
        command.AddParameter("version", version);
        foreach (var (column, value) in columns)
            command.AddParameter(column, value);
    }

    private DbCommand Command(DbConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.AddParameter("id", Id);
        if (Type is not null)
            command.AddParameter("type", Type);
        return command;
    }
}
