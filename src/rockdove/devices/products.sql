-- name: all
SELECT product_id, name, description FROM products ORDER BY lower(name), product_id;

-- name: add(name, description)
INSERT INTO products (name, description) VALUES (:name, :description) RETURNING product_id, name, description;

-- name: change(product_id, name, description)
UPDATE products SET name = :name, description = :description WHERE product_id = :product_id
RETURNING product_id, name, description;

-- name: for_platform(name, platform)
SELECT product_id FROM products p
WHERE name = :name AND NOT EXISTS (SELECT FROM apps WHERE product_id = p.product_id AND platform = :platform)
ORDER BY product_id LIMIT 1;

-- name: find(product_id)
SELECT product_id FROM products WHERE product_id = :product_id;
